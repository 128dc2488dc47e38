/** A desk that stays open holds no more for having been told a lot. The whole day is among the figures. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshFolder } from '../harness/paths.ts'
import { Day } from './day.ts'
import { kept } from './heap.ts'
import { update } from './updates.ts'

const NEEDS = 40
const folder = freshFolder()
let day: Day

beforeAll(async () => {
  day = await Day.begin(folder.path, NEEDS)
})

afterAll(async () => {
  await day?.end()
  folder.remove()
})

test('a thousand updates leave a board and an overview as large as they were', async () => {
  const board = await day.desk('chen', '')
  const overview = await day.desk('sun', '')
  await overview.locator('[data-number="cases_open"]').waitFor()
  expect((await overview.locator('main').innerText()).match(/[a-z]+_[a-z_]+/g), 'each number has words').toBeNull()
  // What is loaded with the first of them is not what this is about.
  await update(day, [board], NEEDS, 1, 300)
  const before = { board: await kept(board), overview: await kept(overview) }
  await update(day, [board], NEEDS, 301, 1_000)
  const after = { board: await kept(board), overview: await kept(overview) }
  for (const page of ['board', 'overview'] as const) {
    expect(after[page].page - before[page].page, `${page}: its scripts, MiB`).toBeLessThan(1.5)
    expect(after[page].worker - before[page].worker, `${page}: its worker, MiB`).toBeLessThan(4)
    expect(after[page].nodes - before[page].nodes, `${page}: nodes`).toBeLessThan(500)
    expect(after[page].listeners - before[page].listeners, `${page}: listeners`).toBeLessThan(200)
  }
  expect(day.office.complaints).toEqual([])
})
