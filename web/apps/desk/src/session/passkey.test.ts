import { afterEach, expect, test, vi } from 'vitest'
import { bytesOf, makePasskey, PasskeyDeclined, PasskeyKnown, textOf, usePasskey } from './passkey'

afterEach(() => vi.unstubAllGlobals())

const bytes = (...all: number[]): ArrayBuffer => new Uint8Array(all).buffer
const question = (options: object) => ({ question: 'q1', options: options as Record<string, never> })

function browser(does: { create?: (asked: never) => unknown; get?: (asked: never) => unknown }): void {
  const answer = (act?: (asked: never) => unknown) => async (asked: never) => act?.(asked) ?? null
  vi.stubGlobal('navigator', { credentials: { create: answer(does.create), get: answer(does.get) } })
}

test('bytes travel as base64url and come back as they were', () => {
  const all = new Uint8Array(256).map((_, at) => at)
  const text = textOf(all.buffer)
  expect(text).not.toMatch(/[+/=]/)
  expect([...bytesOf(text)]).toEqual([...all])
})

test('the browser is asked in bytes and answered for in text', async () => {
  let asked: PublicKeyCredentialRequestOptions | undefined
  browser({
    get: (options) => {
      asked = (options as CredentialRequestOptions).publicKey
      const response = {
        authenticatorData: bytes(1),
        clientDataJSON: bytes(2),
        signature: bytes(255, 254),
        userHandle: bytes(4),
      }
      return { id: 'AQI', rawId: bytes(1, 2), type: 'public-key', response }
    },
  })
  const answer = await usePasskey(
    question({ challenge: 'AQ', rpId: 'x', allowCredentials: [{ id: 'AQI', type: 'public-key' }] }),
  )
  expect(new Uint8Array(asked?.challenge as ArrayBuffer)).toEqual(new Uint8Array([1]))
  expect(new Uint8Array(asked?.allowCredentials?.[0]?.id as ArrayBuffer)).toEqual(new Uint8Array([1, 2]))
  expect(answer).toEqual({
    question: 'q1',
    credential: {
      id: 'AQI',
      rawId: 'AQI',
      type: 'public-key',
      response: { authenticatorData: 'AQ', clientDataJSON: 'Ag', signature: '__4', userHandle: 'BA' },
    },
  })
})

test('who turns away is not told of an error, and a key that is known is', async () => {
  const refusing = (name: string) => () => {
    throw new DOMException('', name)
  }
  browser({ get: refusing('NotAllowedError'), create: refusing('InvalidStateError') })
  await expect(usePasskey(question({ challenge: 'AQ' }))).rejects.toBeInstanceOf(PasskeyDeclined)
  await expect(makePasskey(question({ challenge: 'AQ', user: { id: 'AQ' } }))).rejects.toBeInstanceOf(PasskeyKnown)
})
