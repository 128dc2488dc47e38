/**
 * Encryption of what is stored: values under AES-GCM, each bound to its place; names under HMAC, so that a stolen profile
 * shows neither what a record says nor which document it is of.
 *
 * Both keys come from one master key, which is never stored as it is (see `lock/`).
 */
import { type Bytes, concat, random, utf8 } from '../bytes'

const IV_BYTES = 12
export const MASTER_BYTES = 32
const NAME_BYTES = 16

/** A record that cannot be opened with this key: damaged, or moved from another place. */
export class Unreadable extends Error {
  override name = 'Unreadable'
}

export class Vault {
  private constructor(
    private readonly values: CryptoKey,
    private readonly names: CryptoKey,
  ) {}

  /** Derives the keys; the caller forgets the master key afterwards. */
  static async open(master: Bytes): Promise<Vault> {
    const base = await crypto.subtle.importKey('raw', master, 'HKDF', false, ['deriveKey'])
    const from = (purpose: string) => ({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: utf8(purpose) })
    const values = await crypto.subtle.deriveKey(
      from('qiao store values 1'),
      base,
      { name: 'AES-GCM', length: 256 },
      false,
      ['encrypt', 'decrypt'],
    )
    const names = await crypto.subtle.deriveKey(
      from('qiao store names 1'),
      base,
      { name: 'HMAC', hash: 'SHA-256', length: 256 },
      false,
      ['sign'],
    )
    return new Vault(values, names)
  }

  async seal(place: string, value: Bytes): Promise<Bytes> {
    const iv = random(IV_BYTES)
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: utf8(place) }, this.values, value)
    return concat(iv, new Uint8Array(sealed))
  }

  async unseal(place: string, sealed: Bytes): Promise<Bytes> {
    try {
      const opened = await crypto.subtle.decrypt(
        { name: 'AES-GCM', iv: sealed.subarray(0, IV_BYTES), additionalData: utf8(place) },
        this.values,
        sealed.subarray(IV_BYTES),
      )
      return new Uint8Array(opened)
    } catch {
      throw new Unreadable('a record cannot be opened')
    }
  }

  /** What a name is stored as. */
  async hide(name: string): Promise<Bytes> {
    const tag = await crypto.subtle.sign('HMAC', this.names, utf8(name))
    return new Uint8Array(tag, 0, NAME_BYTES).slice()
  }
}

/** A fresh master key. */
export function newMaster(): Bytes {
  return random(MASTER_BYTES)
}
