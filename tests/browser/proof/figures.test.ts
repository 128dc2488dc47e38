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
import { type Account, Office } from '../desk/office.ts'
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

const VILLAGES = 300
const OF_EACH = 34
const SEARCHES = ['张', 'li', 'wangf', '陈 03', 'zq', '0012', 'zhao', '黄伟', 'yl 2', '周']

/** A township of 300 villages whose register has been taken in. */
async function township(): Promise<{ office: Office; sun: Account }> {
  const folder = freshFolder()
  closing.push(folder.remove)
  const office = await Office.open(folder.path)
  closing.push(() => office.close())
  await office.person('p-sun', '孙丽', 'township', '--places', '530101')
  const [root, sun] = [await office.account('root', '周管理'), await office.account('sun', '孙丽', 'p-sun')]
  const admin = await office.desk()
  await office.signIn(admin, root)
  const villages = Array.from({ length: VILLAGES }, (_, index) => `530101${String(100 + index)}`)
  const made = await admin.evaluate(async (villages) => {
    const answers = new Set<number>()
    for (const id of villages) {
      const body = JSON.stringify({ id, parent: '530101', level: 'village', name: `${id.slice(-3)}村` })
      const headers = { 'content-type': 'application/json' }
      answers.add((await fetch('/api/v1/places', { method: 'POST', headers, body })).status)
    }
    return [...answers]
  }, villages)
  if (made.some((status) => status !== 201)) throw new Error(`villages: ${made.join(', ')}`)
  await admin.context().close()
  const [families, given] = ['张王李赵陈杨黄周吴徐', ['伟', '芳', '秀英', '强', '磊', '建国', '桂花', '志强', '玉兰', '清泉']]
  const lines = ['村代码,户编号,组,户主姓名,户类型,姓名,与户主关系,身份证号']
  villages.forEach((village, at) => {
    for (let no = 1; no <= OF_EACH; no++) {
      const name = `${families[(at + no) % families.length]}${given[(at * 7 + no) % given.length]}`
      const number = `522701197001${String(at % 28 + 1).padStart(2, '0')}${String(no).padStart(3, '0')}${at % 10}`
      lines.push(`${village},${String(no).padStart(4, '0')},${(no % 8) + 1},${name},一般户,${name},户主,${number}`)
    }
  })
  const register = join(folder.path, 'register.csv')
  writeFileSync(register, lines.join('\n'))
  await office.server.operate('import', 'households', register, '--json')
  return { office, sun }
}

test(`a township of ${VILLAGES} villages`, { timeout: 1_200_000 }, async () => {
  const { office, sun } = await township()
  const page = await office.desk()
  const say = begin(`a township's desk in Chromium: ${VILLAGES} villages, ${(VILLAGES * OF_EACH).toLocaleString('en')} households`)
  say('load of the machine when it began, processes waiting for two processors', loadavg()[0] ?? 0, '')
  let began = performance.now()
  await office.signIn(page, sun, 'overview')
  await page.locator('[data-number]').first().waitFor()
  say('from "sign in" to the overview', performance.now() - began, 'ms')
  await page.getByText(/实时，/).waitFor({ timeout: 300_000 })
  say('until its device holds the records of all villages', (performance.now() - began) / 1_000, 's')
  await page.goto(`${office.front.url}/desk/households`)
  const words = page.getByRole('main').getByRole('textbox').first()
  await words.waitFor()
  await page.locator('tbody tr').first().waitFor()
  const before = await held(page)
  const taken: number[] = []
  for (let round = 0; round < 5; round++) {
    for (const wanted of SEARCHES) {
      const answer = page.waitForResponse((response) => response.url().endsWith('/households/search'))
      began = performance.now()
      await words.fill(wanted)
      const found = (await (await answer).json()) as { items: { householder: string }[] }
      const first = found.items[0]?.householder
      if (first) await page.locator('tbody tr').first().filter({ hasText: first }).waitFor()
      taken.push(performance.now() - began)
    }
  }
  taken.sort((one, other) => one - other)
  const after = await held(page)
  say('search, from the last key to rows on the screen (of it 300 ms in case another key follows), median of 50', taken[25] ?? 0, 'ms')
  say('the same, 95 of 100', taken[47] ?? 0, 'ms')
  say('scripts of the page, before the searches', before.page, 'MiB')
  say('scripts of the page, after them', after.page, 'MiB')
  say('scripts of its worker', after.worker, 'MiB')
  say('resident memory of the page with its engine', renderersMiB(), 'MiB')
})
