/**
 * Asking this browser for a passkey, and the JSON the server speaks about it.
 *
 * Only translates between JSON and what `navigator.credentials` takes and gives; what an answer is worth, the server
 * decides. Older browsers lack the built-in translation, so it is done here for all.
 */
import type { Schemas } from '@qiao/api-client'

type Question = Schemas['Question']
type Json = Record<string, unknown>

/** The person turned away from the browser's question, or nothing fitted it; not worth a red word. */
export class PasskeyDeclined extends Error {}
/** This key is in the list already. */
export class PasskeyKnown extends Error {}

/** Whether this browser has passkeys at all. */
export const passkeysKnown = (): boolean => typeof PublicKeyCredential === 'function'

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0))

export const textOf = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')

/** Keys are named by bytes. */
const named = (list: unknown): Json[] =>
  ((list as Json[] | undefined) ?? []).map((one) => ({ ...one, id: bytesOf(String(one['id'])) }))

/** Makes a new passkey. */
export async function makePasskey({ question, options }: Question): Promise<Schemas['PasskeyAnswer']> {
  const asked = options as Json
  const user = asked['user'] as Json
  const made = await asking(() =>
    navigator.credentials.create({
      publicKey: {
        ...asked,
        challenge: bytesOf(String(asked['challenge'])),
        user: { ...user, id: bytesOf(String(user['id'])) },
        excludeCredentials: named(asked['excludeCredentials']),
      } as unknown as PublicKeyCredentialCreationOptions,
    }),
  )
  const { attestationObject, clientDataJSON } = made.response as AuthenticatorAttestationResponse
  const response = { attestationObject: textOf(attestationObject), clientDataJSON: textOf(clientDataJSON) }
  return { question, credential: { ...plain(made), response } }
}

/** Signs with a passkey that is there. */
export async function usePasskey({ question, options }: Question): Promise<Schemas['PasskeyAnswer']> {
  const asked = options as Json
  const used = await asking(() =>
    navigator.credentials.get({
      publicKey: {
        ...asked,
        challenge: bytesOf(String(asked['challenge'])),
        allowCredentials: named(asked['allowCredentials']),
      } as unknown as PublicKeyCredentialRequestOptions,
    }),
  )
  const signed = used.response as AuthenticatorAssertionResponse
  const response = {
    authenticatorData: textOf(signed.authenticatorData),
    clientDataJSON: textOf(signed.clientDataJSON),
    signature: textOf(signed.signature),
    userHandle: signed.userHandle ? textOf(signed.userHandle) : null,
  }
  return { question, credential: { ...plain(used), response } }
}

async function asking(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const answered = await ask()
    if (answered) return answered as PublicKeyCredential
  } catch (thrown) {
    const name = thrown instanceof DOMException ? thrown.name : ''
    if (name === 'InvalidStateError') throw new PasskeyKnown()
    if (name !== 'NotAllowedError' && name !== 'AbortError') throw thrown
  }
  throw new PasskeyDeclined()
}

const plain = (credential: PublicKeyCredential): Json => ({
  id: credential.id,
  rawId: textOf(credential.rawId),
  type: credential.type,
})
