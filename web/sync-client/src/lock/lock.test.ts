import { expect, test } from 'vitest'
import { WRONG_WAIT_MS_MAX, WRONG_WAIT_MS_MIN } from '../limits'
import { newMaster } from '../store/vault'
import { acceptable, counted, unwrap, wrap, WrongSecret } from './lock'

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
