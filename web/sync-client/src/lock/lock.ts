/**
 * How the master key is kept: under a key of this browser's, or under a PIN or passphrase.
 *
 * Without a lock the wrapping key is a non-extractable key in the database. With a lock it comes from the secret through
 * Argon2id, and nothing on the phone opens the store without it. Wrong attempts are counted before they are tried and
 * answered more and more slowly; that holds up a person with the phone, not somebody who has copied its storage: for
 * them a PIN of six digits is worth days of computing, a passphrase far more. Screens say so.
 *
 * Where the phone can make a key of its own unlocking (the PRF extension of WebAuthn), the master key is wrapped a second
 * time under that one. It cannot be guessed and never leaves the phone's hardware; the first wrapping stays as the way
 * back, so the store is as strong as the PIN or passphrase is.
 */
import { argon2id } from 'hash-wasm'
import type { LockMethod, PrfKey } from '../api'
import { type Bytes, concat, random, utf8 } from '../bytes'
import { PASSPHRASE_CHARS_MIN, PIN_DIGITS_MIN, WRONG_FREE, WRONG_WAIT_MS_MAX, WRONG_WAIT_MS_MIN } from '../limits'
import { MASTER_BYTES } from '../store/vault'

/** Argon2id for a cheap phone: 32 MiB, three passes, one lane: about half a second there, 80 ms on a desk. */
const COST = { memoryKiB: 32 * 1024, passes: 3, lanes: 1 }
const SALT_BYTES = 16
const IV_BYTES = 12
const PURPOSE = utf8('qiao master key 1')
const PRF_PURPOSE = utf8('qiao master key by prf 1')
/** What the PRF extension gives out. */
const PRF_OUTPUT_BYTES = 32

/** What is stored in `control`. */
export interface LockRecord {
  method: LockMethod
  /** The wrapping key, where there is no lock. */
  key: CryptoKey | null
  salt: Bytes | null
  cost: typeof COST
  wrapped: Bytes
  /** The second wrapping, and what opens it. Absent in records of before there was one. */
  prf?: { key: PrfKey; wrapped: Bytes }
  /** Wrong attempts in a row, and when the next is allowed. */
  wrong: number
  retryAtMs: number
}

/** The secret does not open it. */
export class WrongSecret extends Error {
  override name = 'WrongSecret'
}

/** A record that wraps `master`. */
export async function wrap(master: Bytes, method: LockMethod, secret: string | null): Promise<LockRecord> {
  const salt = method === 'none' ? null : random(SALT_BYTES)
  const key =
    salt === null
      ? await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
      : await stretch(secret ?? '', salt, COST)
  return {
    method,
    key: salt === null ? key : null,
    salt,
    cost: COST,
    wrapped: await seal(key, PURPOSE, master),
    wrong: 0,
    retryAtMs: 0,
  }
}

/** The master key. The caller forgets it as soon as its keys are derived. */
export async function unwrap(record: LockRecord, secret: string | null): Promise<Bytes> {
  const key = record.key ?? (record.salt && secret !== null ? await stretch(secret, record.salt, record.cost) : null)
  if (key === null) throw new WrongSecret('no secret')
  return unseal(key, PURPOSE, record.wrapped)
}

/** The record with a second wrapping of `master`, under what the PRF extension made of `key`. */
export async function withPrf(record: LockRecord, master: Bytes, key: PrfKey, output: Bytes): Promise<LockRecord> {
  return { ...record, prf: { key, wrapped: await seal(await prfKey(output), PRF_PURPOSE, master) } }
}

/** The master key by the second wrapping. */
export async function unwrapPrf(record: LockRecord, output: Bytes): Promise<Bytes> {
  if (!record.prf) throw new WrongSecret('no second wrapping')
  return unseal(await prfKey(output), PRF_PURPOSE, record.prf.wrapped)
}

async function prfKey(output: Bytes): Promise<CryptoKey> {
  if (output.length !== PRF_OUTPUT_BYTES) throw new WrongSecret('not what the extension gives out')
  const base = await crypto.subtle.importKey('raw', output, 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: PRF_PURPOSE },
    base,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
}

async function seal(key: CryptoKey, purpose: Bytes, master: Bytes): Promise<Bytes> {
  const iv = random(IV_BYTES)
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: purpose }, key, master)
  return concat(iv, new Uint8Array(sealed))
}

async function unseal(key: CryptoKey, purpose: Bytes, wrapped: Bytes): Promise<Bytes> {
  try {
    const opened = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: wrapped.subarray(0, IV_BYTES), additionalData: purpose },
      key,
      wrapped.subarray(IV_BYTES),
    )
    if (opened.byteLength !== MASTER_BYTES) throw new WrongSecret('not a master key')
    return new Uint8Array(opened)
  } catch {
    throw new WrongSecret('it does not open')
  }
}

async function stretch(secret: string, salt: Bytes, cost: typeof COST): Promise<CryptoKey> {
  const bytes = await argon2id({
    password: utf8(secret.normalize('NFKC')),
    salt,
    memorySize: cost.memoryKiB,
    iterations: cost.passes,
    parallelism: cost.lanes,
    hashLength: 32,
    outputType: 'binary',
  })
  const key = await crypto.subtle.importKey('raw', bytes as Bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
  bytes.fill(0)
  return key
}

/** The record after one more wrong attempt: to be stored before the attempt is made. */
export function counted(record: LockRecord, nowMs: number): LockRecord {
  const wrong = record.wrong + 1
  const doublings = wrong - WRONG_FREE
  const wait = doublings < 0 ? 0 : Math.min(WRONG_WAIT_MS_MIN * 2 ** Math.min(doublings, 20), WRONG_WAIT_MS_MAX)
  return { ...record, wrong, retryAtMs: wait === 0 ? 0 : nowMs + wait }
}

/** Whether a secret may be used for a method. */
export function acceptable(method: LockMethod, secret: string | null): boolean {
  if (method === 'none') return true
  if (secret === null) return false
  if (method === 'pin') return new RegExp(`^[0-9]{${PIN_DIGITS_MIN},32}$`).test(secret) && !/^(\d)\1*$/.test(secret)
  return [...secret].length >= PASSPHRASE_CHARS_MIN
}
