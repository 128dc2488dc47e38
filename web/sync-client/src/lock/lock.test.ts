import { expect, test } from 'vitest'
import { WRONG_WAIT_MS_MAX, WRONG_WAIT_MS_MIN } from '../limits'
import { newMaster } from '../store/vault'
import { random } from '../bytes'
import { acceptable, counted, unwrap, unwrapPrf, withPrf, wrap, WrongSecret } from './lock'

test('a PIN opens what it has wrapped, and no other does', async () => {
  const master = newMaster()
  const record = await wrap(master, 'pin', '271828')
  expect(await unwrap(record, '271828')).toEqual(master)
  await expect(unwrap(record, '271829')).rejects.toBeInstanceOf(WrongSecret)
  await expect(unwrap(record, null)).rejects.toBeInstanceOf(WrongSecret)
  expect(Buffer.from(record.wrapped).includes(Buffer.from(master))).toBe(false)
})

test('without a lock the wrapping key cannot be exported', async () => {
  const master = newMaster()
  const record = await wrap(master, 'none', null)
  expect(await unwrap(record, null)).toEqual(master)
  expect(record.key?.extractable).toBe(false)
})

test('wrong attempts are free at first and then wait twice as long each time, up to a day', async () => {
  let record = await wrap(newMaster(), 'none', null)
  const waits: number[] = []
  for (let attempt = 0; attempt < 30; attempt++) {
    record = counted(record, 1_000)
    waits.push(record.retryAtMs === 0 ? 0 : record.retryAtMs - 1_000)
  }
  expect(waits.slice(0, 5)).toEqual([0, 0, WRONG_WAIT_MS_MIN, 2 * WRONG_WAIT_MS_MIN, 4 * WRONG_WAIT_MS_MIN])
  expect(waits.at(-1)).toBe(WRONG_WAIT_MS_MAX)
})

test('short and uniform secrets are refused', () => {
  expect(acceptable('pin', '12345')).toBe(false)
  expect(acceptable('pin', '111111')).toBe(false)
  expect(acceptable('pin', '12345a')).toBe(false)
  expect(acceptable('pin', '271828')).toBe(true)
  expect(acceptable('passphrase', '山高水长')).toBe(false)
  expect(acceptable('passphrase', '山高水长路远人稀')).toBe(true)
})

test('what the phone itself makes opens it beside the PIN, and nothing else does', async () => {
  const master = newMaster()
  const output = random(32)
  const plain = await wrap(master, 'pin', '271828')
  const record = await withPrf(plain, master, { credential: 'c', salt: 's' }, output)
  expect(await unwrapPrf(record, output)).toEqual(master)
  expect(await unwrap(record, '271828')).toEqual(master)
  for (const other of [random(32), random(16), output.subarray(0, 31), random(0)])
    await expect(unwrapPrf(record, other as typeof output)).rejects.toBeInstanceOf(WrongSecret)
  await expect(unwrapPrf(plain, output)).rejects.toBeInstanceOf(WrongSecret)
  // Neither wrapping passes for the other.
  const swapped = { ...record, wrapped: record.prf?.wrapped ?? random(0) }
  await expect(unwrap(swapped, '271828')).rejects.toBeInstanceOf(WrongSecret)
})
