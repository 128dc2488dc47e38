/**
 * The device's key pair: ECDSA on P-256. Only signatures leave.
 *
 * At rest the private key lies sealed under the same master key as everything else, so that a phone stolen while locked
 * cannot speak in its owner's name; in memory it is a key that cannot be exported. (A key kept as such in the database
 * could not be put under a lock that is set later, and would lie there in the clear.)
 */
import { type Bytes, own, random } from '../bytes'
import type { Vault } from '../store/vault'

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' }
const NONCE_BYTES = 16
const PLACE = 'device key'

/** What is stored in `control`. */
export interface SealedKey {
  publicKey: Bytes
  nonce: Bytes
  sealed: Bytes
}

export class DeviceKey {
  private constructor(
    private readonly signing: CryptoKey,
    /** SEC1, uncompressed, 65 bytes. */
    readonly publicKey: Bytes,
    /** Nonce of the install; with the public key it makes the device's identity. */
    readonly nonce: Bytes,
  ) {}

  static async generate(vault: Vault): Promise<{ key: DeviceKey; sealed: SealedKey }> {
    const pair = await crypto.subtle.generateKey(CURVE, true, ['sign', 'verify'])
    const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
    const secret = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey))
    const sealed = { publicKey, nonce: random(NONCE_BYTES), sealed: await vault.seal(PLACE, secret) }
    secret.fill(0)
    return { key: await DeviceKey.open(vault, sealed), sealed }
  }

  static async open(vault: Vault, stored: SealedKey): Promise<DeviceKey> {
    const secret = await vault.unseal(PLACE, stored.sealed)
    const signing = await crypto.subtle.importKey('pkcs8', secret, CURVE, false, ['sign'])
    secret.fill(0)
    return new DeviceKey(signing, stored.publicKey, stored.nonce)
  }

  /** The same key under another master key. */
  static async reseal(from: Vault, to: Vault, stored: SealedKey): Promise<SealedKey> {
    const secret = await from.unseal(PLACE, stored.sealed)
    const sealed = await to.seal(PLACE, secret)
    secret.fill(0)
    return { ...stored, sealed }
  }

  /** ECDSA over SHA-256, `r ‖ s`, 64 bytes. */
  async sign(message: Uint8Array): Promise<Bytes> {
    return new Uint8Array(await crypto.subtle.sign(SIGNATURE, this.signing, own(message)))
  }
}
