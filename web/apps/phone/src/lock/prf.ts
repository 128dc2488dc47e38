/**
 * The phone's own unlocking (fingerprint, face, screen lock) as a key: the PRF extension of WebAuthn, in the page.
 *
 * The phone's hardware makes the same 32 bytes of one input each time its owner is recognised, and gives them to nobody
 * else. What they open is the device's business. Nothing here is sent anywhere: the challenge is answered to nobody.
 */
import type { PrfKey } from '@qiao/sync-client'

const SALT_BYTES = 32
const USER_ID_BYTES = 16
const CHALLENGE_BYTES = 32
const ES256 = -7
const RS256 = -257
/** How long a finger may take. */
const PATIENCE_MS = 60_000

/** A key the phone can make again, and what it made. */
export interface MadePrf {
  key: PrfKey
  output: string
}

interface Capabilities {
  getClientCapabilities?: () => Promise<Record<string, boolean | undefined>>
}

/** Whether it is worth offering. The phone itself has the last word in {@link makePrf}. */
export async function mayHavePrf(): Promise<boolean> {
  try {
    if (!('PublicKeyCredential' in globalThis)) return false
    if (!(await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable())) return false
    const able = await (PublicKeyCredential as unknown as Capabilities).getClientCapabilities?.()
    return able?.['extension:prf'] !== false
  } catch {
    return false
  }
}

/** Makes a key; null where this phone cannot. Refused by its owner, it throws as the browser does. */
export async function makePrf(called: string): Promise<MadePrf | null> {
  const salt = random(SALT_BYTES)
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: random(CHALLENGE_BYTES),
      rp: { name: called },
      user: { id: random(USER_ID_BYTES), name: called, displayName: called },
      pubKeyCredParams: [ES256, RS256].map((alg) => ({ type: 'public-key' as const, alg })),
      authenticatorSelection: {
        authenticatorAttachment: 'platform',
        userVerification: 'required',
        residentKey: 'discouraged',
      },
      timeout: PATIENCE_MS,
      extensions: { prf: { eval: { first: salt } } },
    },
  })
  if (!(made instanceof PublicKeyCredential)) return null
  const { prf } = made.getClientExtensionResults()
  if (!prf?.enabled && !prf?.results) return null
  const key = { credential: toBase64Url(made.rawId), salt: toBase64Url(salt) }
  // Some give the result at once, others only when asked a second time.
  const first = prf.results?.first
  const output = first ? toBase64Url(first) : await askPrf(key)
  return output === null ? null : { key, output }
}

/** What the phone makes of a key once its owner is recognised; null where it makes nothing. */
export async function askPrf({ credential, salt }: PrfKey): Promise<string | null> {
  const got = await navigator.credentials.get({
    publicKey: {
      challenge: random(CHALLENGE_BYTES),
      allowCredentials: [{ type: 'public-key', id: fromBase64Url(credential), transports: ['internal'] }],
      userVerification: 'required',
      timeout: PATIENCE_MS,
      extensions: { prf: { eval: { first: fromBase64Url(salt) } } },
    },
  })
  const first = got instanceof PublicKeyCredential ? got.getClientExtensionResults().prf?.results?.first : undefined
  return first ? toBase64Url(first) : null
}

/** Whether the owner or the phone called it off: nothing to report. */
export function calledOff(error: unknown): boolean {
  return error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError')
}

function random(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length))
}

function toBase64Url(source: BufferSource): string {
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source)
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
}
