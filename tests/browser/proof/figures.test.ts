/**
 * Figures of desks. `make bench` runs this after the phone's app and takes both into its results; nothing is judged here.
 *
 * Fifty desks are two in Chromium and 48 native devices that read what the bureau's desks read, each connected live in a
 * process of its own: fifty browsers would measure the machine's memory.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterEach, test } from 'vitest'
import { freshFolder, ROOT } from '../harness/paths.ts'
import { Day, need } from './day.ts'
import { held, renderersMiB } from './heap.ts'
import { update } from './updates.ts'

const into = process.env['QIAO_FIGURES_INTO'] ?? join(ROOT, 'target/bench/browser.json')
const UPDATES = Number(process.env['QIAO_FIGURES_UPDATES'] ?? 20_000)
const DESKS = 50
const PUSHES = 100

interface Figure {
  what: string
  value: number
  unit: 's' | 'ms' | 'B' | 'MiB' | ''
  most: number | null
}

const sections: { workload: string; figures: Figure[] }[] = existsSync(into)
  ? (JSON.parse(readFileSync(into, 'utf8')) as typeof sections)
  : []
const closing: (() => Promise<void> | void)[] = []

function begin(workload: string): (what: string, value: number, unit: Figure['unit'], most?: number) => void {
  const figures: Figure[] = []
  sections.push({ workload, figures })
  return (what, value, unit, most) => {
    figures.push({ what, value, unit, most: most ?? null })
    process.stdout.write(`P  ${what}: ${Math.round(value * 1_000) / 1_000} ${unit}${most === undefined ? '' : ` (target ≤ ${most})`}\n`)
  }
}

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  mkdirSync(dirname(into), { recursive: true })
  writeFileSync(into, JSON.stringify(sections))
})

async function day(needs: number): Promise<Day> {
  const folder = freshFolder()
  closing.push(folder.remove)
  const begun = await Day.begin(folder.path, needs)
  closing.push(() => begun.end())
  return begun
}

/** Notes in the page when the number above the bureau's first column becomes another. */
async function watchNumber(board: Page): Promise<void> {
  await board.locator('[data-count="new"]').waitFor()
  await board.evaluate(() => {
    const seen: { count: number; at: number }[] = []
    Object.assign(window, { seen })
    const look = () => {
      const count = Number(document.querySelector('[data-count="new"]')?.textContent)
      if (seen.at(-1)?.count !== count) seen.push({ count, at: Date.now() })
    }
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
  })
}

function seenAt(board: Page, count: number): Promise<number> {
  return board
    .waitForFunction(
      (count) => (window as unknown as { seen: { count: number; at: number }[] }).seen.find((one) => one.count === count)?.at,
      count,
    )
    .then((handle) => handle.jsonValue() as Promise<number>)
}

test(`a need on ${DESKS} desks`, { timeout: 900_000 }, async () => {
  const office = await day(10)
  const board = await office.desk('chen', '')
  await office.desk('sun', '')
  await office.more(DESKS - 2)
  await board.getByText(/实时，/).waitFor()
  await watchNumber(board)
  const say = begin(`desks: ${DESKS} connected live, 2 of them in Chromium; one phone, loopback`)
  say('load of the machine when it began, processes waiting for two processors', loadavg()[0] ?? 0, '')
  const taken: number[] = []
  for (let no = 0; no < PUSHES; no++) {
    const began = Date.now()
    await office.phone.edit(need((no % 10) + 1, 2 + no))
    taken.push((await seenAt(board, 11 + no)) - began)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  taken.sort((one, other) => one - other)
  const share = (of: number) => taken[Math.ceil(taken.length * of) - 1] ?? 0
  say(`a need written on a phone to the number on the unit's screen, median of ${PUSHES}`, share(0.5), 'ms')
  say('the same, 95 of 100', share(0.95), 'ms', 500)
  say('the same, worst', share(1), 'ms')
})

test(`${UPDATES} updates while desks stay open`, { timeout: 3_600_000 }, async () => {
  const needs = 200
  const office = await day(needs)
  const board = await office.desk('chen', '')
  const overview = await office.desk('sun', '')
  const say = begin(`desks open all day: ${UPDATES.toLocaleString('en')} updates of ${needs} needs, a board and an overview in Chromium`)
  say('load of the machine when it began, processes waiting for two processors', loadavg()[0] ?? 0, '')
  // What is loaded with the first of them is not what this is about.
  const warm = 1_000
  await update(office, [board], needs, 1, warm)
  const look = async () => ({ board: await held(board), overview: await held(overview), pages: renderersMiB() })
  const first = await look()
  const began = performance.now()
  let now = first
  for (let done = 0; done < UPDATES; done += 1_000) {
    await update(office, [board], needs, warm + 1 + done, Math.min(1_000, UPDATES - done))
    now = await look()
    process.stdout.write(`${done + 1_000}: ${JSON.stringify(now)}\n`)
  }
  say('time for all of them, shown as they came', (performance.now() - began) / 1_000, 's')
  for (const page of ['board', 'overview'] as const) {
    say(`scripts of the ${page}, before`, first[page].page, 'MiB')
    say(`scripts of the ${page}, after`, now[page].page, 'MiB', first[page].page + 4)
    say(`nodes of the ${page}, before`, first[page].nodes, '')
    say(`nodes of the ${page}, after`, now[page].nodes, '', first[page].nodes * 1.1)
    say(`scripts of the worker of the ${page}, before`, first[page].worker, 'MiB')
    say(`scripts of the worker of the ${page}, after`, now[page].worker, 'MiB')
  }
  say('resident memory of both pages with their engines, before', first.pages, 'MiB')
  say('resident memory of both pages with their engines, after', now.pages, 'MiB')
})
