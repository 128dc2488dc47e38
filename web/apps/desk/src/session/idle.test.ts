import { expect, test } from 'vitest'
import { IDLE_MS, REPORT_MS, WARN_MS, step } from './idle'

const heard = 1_000_000

test('a desk in use keeps its session although nothing is sent', () => {
  expect(step(heard + REPORT_MS - 1, heard, heard + 60_000)).toBe('nothing')
  expect(step(heard + REPORT_MS, heard, heard + 60_000)).toBe('report')
})

test('a desk left alone is warned before it is signed out, and not kept alive', () => {
  expect(step(heard + REPORT_MS * 2, heard, heard)).toBe('nothing')
  expect(step(heard + IDLE_MS - WARN_MS, heard, heard)).toBe('warn')
})
