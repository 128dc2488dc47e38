/**
 * Who sits at this desk: signing in and out, and the two moments the server asks again who it is.
 *
 * Owns the only copy of "who is signed in". A session that ends under a half-filled form is taken up again in a dialog
 * over it; the call that met the closed door is repeated, and nothing typed is lost. Never keeps a password or a code.
 */
import { computed, readonly, ref, shallowRef } from 'vue'
import { ask, asProblem, createApi, type Schemas } from '@qiao/api-client'
import { language } from '../i18n'
import { makePasskey, passkeysKnown, usePasskey } from './passkey'

export type Me = Schemas['Me']
export type Role = Schemas['RoleName']

/** What somebody typed to prove who they are. */
export interface Proof {
  login: string
  password: string
  code: string
}

/** A question the person has to answer before a call can go on. */
export type Door = 'signIn' | 'stepUp'

const me = shallowRef<Me | null>(null)
const known = ref(false)
const open = ref<Door | null>(null)
const lastLogin = ref('')
const usedMs = ref(Date.now())
let waiting: { door: Door; promise: Promise<boolean>; settle: (proven: boolean) => void } | null = null

/** One dialog for all calls that met the same door. */
function through(door: Door): Promise<boolean> {
  if (!me.value) return Promise.resolve(false)
  if (waiting?.door === door) return waiting.promise
  // The other dialog is open: its caller is served first.
  if (waiting) return waiting.promise.then(() => through(door))
  let settle: (proven: boolean) => void = () => undefined
  const promise = new Promise<boolean>((resolve) => (settle = resolve))
  waiting = { door, promise, settle }
  open.value = door
  return promise
}

/** Answers the open dialog. */
function answer(proven: boolean): void {
  const was = waiting
  waiting = null
  open.value = null
  was?.settle(proven)
}

/** The server's interface, for every page. */
export const api = createApi({
  signIn: () => through('signIn'),
  stepUp: () => through('stepUp'),
  language,
  used: () => (usedMs.value = Date.now()),
})

/** A way to the server that opens no dialog: for proving who one is. */
const plain = createApi({ signIn: async () => false, stepUp: async () => false, language })

export const session = {
  /** Who is signed in; `null` for nobody. */
  me: readonly(me),
  /** Whether the server has been asked. */
  known: readonly(known),
  /** The dialog that is open. */
  door: readonly(open),
  /** The login typed last, to be offered when signing in again. */
  lastLogin: readonly(lastLogin),
  /** When the server last heard of a person at this desk. */
  usedMs: readonly(usedMs),
  administrator: computed(() => me.value?.administrator ?? false),
  /** Whether the administrator has the whole deployment. */
  everywhere: computed(() => me.value?.administrator === true && me.value.person.places.length === 0),
}

/** Asks the server who is signed in. */
export async function load(): Promise<void> {
  const { data, response } = await plain.GET('/api/v1/me')
  if (response.status >= 500) throw new Error('the server cannot answer')
  me.value = data ?? null
  known.value = true
  usedMs.value = Date.now()
}

/** How one may sign in here, as far as this browser can. */
export async function ways(): Promise<Schemas['Ways']> {
  const { data } = await plain.GET('/api/v1/session/ways')
  return { ...data, passkeys: data?.passkeys === true && passkeysKnown() }
}

/** Signs in. Throws the refusal. */
export async function signIn({ login, password, code }: Proof): Promise<void> {
  const found = await ask(plain.POST('/api/v1/session', { body: { login, password, code: code || null } }))
  lastLogin.value = login
  welcome(found)
}

/** Signs in with a passkey of this browser. Throws the refusal, or that the person turned away. */
export async function signInWithPasskey(): Promise<void> {
  const question = await ask(plain.POST('/api/v1/session/passkey/question'))
  welcome(await ask(plain.POST('/api/v1/session/passkey', { body: await usePasskey(question) })))
}

function welcome(found: Me): void {
  const before = me.value
  if (before && before.person.id !== found.person.id) {
    // Somebody else sat down: what is on the screen is not theirs.
    location.reload()
    return
  }
  me.value = found
  known.value = true
  usedMs.value = Date.now()
  if (open.value === 'signIn') answer(true)
}

/** Confirms the identity for the next five minutes. Throws the refusal. */
export async function stepUp({ password, code }: Omit<Proof, 'login'>): Promise<void> {
  try {
    await ask(plain.POST('/api/v1/session/step-up', { body: { password, code: code || null } }))
  } catch (thrown) {
    // The session ended meanwhile: the call is sent again and meets the other door.
    if (asProblem(thrown).code !== 'signed_out') throw thrown
  }
  answer(true)
}

/** The same with one of one's own passkeys. Throws the refusal, or that the person turned away. */
export async function stepUpWithPasskey(): Promise<void> {
  try {
    const question = await ask(plain.POST('/api/v1/session/step-up/passkey/question'))
    await ask(plain.POST('/api/v1/session/step-up/passkey', { body: await usePasskey(question) }))
  } catch (thrown) {
    if (asProblem(thrown).code !== 'signed_out') throw thrown
  }
  answer(true)
}

/** Makes a passkey in this browser and keeps it under a name. Throws the refusal, or that the person turned away. */
export async function addPasskey(name: string): Promise<void> {
  const question = await ask(api.POST('/api/v1/me/passkeys/question'))
  await ask(api.POST('/api/v1/me/passkeys', { body: { ...(await makePasskey(question)), name } }))
  await stay()
}

/** Takes one of one's own passkeys away. Throws the refusal. */
export async function removePasskey(id: string): Promise<void> {
  await ask(api.DELETE('/api/v1/me/passkeys/{id}', { params: { path: { id } } }))
  await stay()
}

/** Gives one's own account another password, and signs it out everywhere else. Throws the refusal. */
export async function changePassword({ password, code }: Proof, chosen: string): Promise<void> {
  const body = { password, code: code || null, new_password: chosen }
  await ask(plain.POST('/api/v1/me/password', { body }))
}

/** Closes the dialog without proof. Without a session there is nothing left to show. */
export function decline(): void {
  const door = open.value
  answer(false)
  if (door === 'signIn') leave()
}

/** Signs out. */
export async function signOut(): Promise<void> {
  // Whether or not the server heard: nothing stays on the screen.
  await plain.DELETE('/api/v1/session').catch(() => undefined)
  leave()
}

/** Says to the server that somebody is here; true if the session still lives. */
export async function stay(): Promise<boolean> {
  const { data } = await api.GET('/api/v1/me')
  if (data) me.value = data
  return data !== undefined
}

function leave(): void {
  me.value = null
  // A fresh page: lists, forms and codes of the one who left must not stay in memory.
  location.assign(import.meta.env.BASE_URL)
}
