/**
 * Figures of the app as it ships, served by `qiao serve`, every process of its page slowed to a quarter. `make bench`
 * runs this and takes the figures into its results; nothing is judged here.
 *
 * `QIAO_FIGURES_VILLAGE` names the village that `bench --tell` wrote, `QIAO_FIGURES_INTO` the file of the figures.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, test } from 'vitest'
import { rendererMemoryMiB, rendererProcesses, slowDown } from '../harness/chromium.ts'
import { EDGE, LAN, Line } from '../harness/line.ts'
import { freshFolder, ROOT } from '../harness/paths.ts'
import { approve, invite, livedIn, nativeDevice, village as sceneOf } from '../harness/scene.ts'
import { NativeDevice, QiaoServer } from '../harness/server.ts'
import { App } from './app.ts'

/** How much slower a cheap phone is than this machine. */
const SLOWER = 4
const into = process.env['QIAO_FIGURES_INTO'] ?? join(ROOT, 'target/bench/browser.json')
const told = process.env['QIAO_FIGURES_VILLAGE'] ?? join(ROOT, 'target/bench/village.json')
/** The app packed as the server carries it, compressed copies beside it. */
const PACKED = process.env['QIAO_FIGURES_APP'] ?? join(ROOT, 'server/assets')

interface Turn {
  author: number
  edits: object[]
}
interface Told {
  village: string
  township: string
  county: string
  people: { id: string; name: string; role: string; places: string[]; unit: string | null }[]
  turns: Turn[]
  returning: number
  own: object[]
  others: Turn[]
}
interface Figure {
  what: string
  value: number
  unit: 's' | 'ms' | 'B' | 'MiB' | ''
  most: number | null
}

const sections: { workload: string; figures: Figure[] }[] = []
const closing: (() => Promise<void> | void)[] = []

function begin(workload: string): (what: string, value: number, unit: Figure['unit'], most?: number) => void {
  const figures: Figure[] = []
  sections.push({ workload, figures })
  return (what, value, unit, most) => {
    figures.push({ what, value, unit, most: most ?? null })
    process.stdout.write(`P  ${what}: ${Math.round(value * 1_000) / 1_000} ${unit}${most === undefined ? '' : ` (target ≤ ${most})`}\n`)
  }
}

beforeAll(() => mkdirSync(dirname(into), { recursive: true }))

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  writeFileSync(into, JSON.stringify(sections))
})

afterAll(() => process.stdout.write(`written to ${into}\n`))

/** Runs something while every process of the app's page has a quarter of the time. */
async function slowly<T>(app: App, work: () => Promise<T>): Promise<T> {
  const asBefore = slowDown(rendererProcesses(app.profile), SLOWER)
  try {
    return await work()
  } finally {
    asBefore()
  }
}

/** How long it takes, in ms, by this machine's clock. */
async function took(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** Edits made by the app's own device, as a second window of the app would ask for them. */
function editAll(app: App, edits: object[]): Promise<void> {
  return app.page.evaluate(async (edits) => {
    const channel = new BroadcastChannel('qiao')
    const call = `figures/${Math.random()}`
    const answered = new Promise<{ problem?: { code: string } }>((resolve) => {
      channel.onmessage = ({ data }: MessageEvent<{ call?: string; answer?: { problem?: { code: string } } }>) => {
        if (data.call === call && data.answer) resolve(data.answer)
      }
    })
    channel.postMessage({ to: 'leader', from: 'figures', call, method: 'editAll', args: [edits] })
    const { problem } = await answered
    channel.close()
    if (problem) throw new Error(problem.code)
  }, edits)
}

/** Does what the server lets an address do only so often in a minute. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!String(error).includes('rate_limited')) throw error
      await new Promise((resolve) => setTimeout(resolve, 3_000))
    }
  }
}

const IN_STEP = '.q-status[data-phase="complete"]:not(:has(.q-status-badge))'

/** From opening it to its first rows, three times, in ms. */
async function openings(app: App): Promise<number[]> {
  const taken: number[] = []
  for (let round = 0; round < 3; round++) {
    const asBefore = slowDown(rendererProcesses(app.profile), SLOWER)
    await app.page.reload({ waitUntil: 'commit' })
    taken.push(
      await app.page.evaluate(async () => {
        while (!document.querySelector('.hr')) await new Promise((resolve) => requestAnimationFrame(resolve))
        return performance.now()
      }),
    )
    asBefore()
    await app.comes('the app', app.page.locator('.q-status'))
  }
  return taken
}

/** From a key to the rows it leaves, in ms. */
async function keystrokes(app: App, texts: string[]): Promise<number[]> {
  await app.at('/households')
  await app.comes('the list', app.page.locator('.hr').first())
  const taken: number[] = []
  await slowly(app, async () => {
    for (const text of texts) {
      taken.push(
        await app.page.evaluate(async (text) => {
          const box = document.querySelector<HTMLInputElement>('input[type="search"]')
          const list = document.querySelector('main')
          if (!box || !list) throw new Error('no list')
          const began = performance.now()
          const changed = new Promise<void>((resolve) => {
            const watch = new MutationObserver(() => (watch.disconnect(), resolve()))
            watch.observe(list, { childList: true, subtree: true, characterData: true })
            // The same rows stay as they are.
            setTimeout(resolve, 2_000)
          })
          box.value = text
          box.dispatchEvent(new Event('input', { bubbles: true }))
          await changed
          return performance.now() - began
        }, text),
      )
    }
  })
  return taken
}

/** From the touch of "save" to "saved", in ms. */
async function saves(app: App, households: string[]): Promise<number[]> {
  const taken: number[] = []
  for (const household of households) {
    await app.at(`/visit/new?household=${household}`)
    await app.fill('了解到的情况', '房屋安全，缺冬衣，已联系民政。')
    taken.push(
      await slowly(app, () =>
        app.page.evaluate(async () => {
          const button = [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === '保存走访')
          if (!button) throw new Error('no button')
          const began = performance.now()
          button.click()
          while (!document.querySelector('.vd')) await new Promise((resolve) => requestAnimationFrame(resolve))
          return performance.now() - began
        }),
      ),
    )
  }
  return taken
}

function median(list: number[]): number {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? NaN
}

test('a village of 300 households', { timeout: 3_600_000 }, async () => {
  const village = JSON.parse(readFileSync(told, 'utf8')) as Told
  const say = begin(`the phone's app in Chromium, every process of its page slowed ${SLOWER} times; the generated village`)
  say('load of the machine when it began, processes waiting for two processors', loadavg()[0] ?? 0, '')
  const folder = freshFolder()
  closing.push(folder.remove)
  const server = await QiaoServer.start(folder.path, ['--web', PACKED])
  closing.push(() => server.stop())
  const line = await Line.start(() => server.port)
  closing.push(() => line.stop())
  for (const [id, level, parent] of [
    [village.county, 'county', ''],
    [village.township, 'township', village.county],
    [village.village, 'village', village.township],
  ] as const) {
    await server.operate('admin', 'place', 'add', id, '--level', level, '--name', id, ...(parent ? ['--parent', parent] : []))
  }
  for (const unit of new Set(village.people.flatMap(({ unit }) => unit ?? []))) {
    await server.operate('admin', 'unit', 'add', '--id', unit, '--name', unit, '--county', village.county)
    await server.operate('admin', 'pair', 'add', unit, '--village', village.village)
  }
  const devices: NativeDevice[] = []
  for (const { id, name, role, places, unit } of village.people) {
    const where = [...(places.length > 0 ? ['--places', places.join(',')] : []), ...(unit ? ['--unit', unit] : [])]
    await server.operate('admin', 'person', 'add', '--id', id, '--name', name, '--role', role, ...where)
    const device = new NativeDevice(join(folder.path, `native-${devices.length}`))
    const enrolled = await patiently(async () => device.run(['enrol', '--server', server.url, '--invite', await invite(server, id)]))
    await approve(server, String(enrolled['device']))
    await device.sync()
    devices.push(device)
  }
  const play = async (turns: Turn[]) => {
    for (const { author, edits } of turns) {
      const device = devices[author]
      await device?.sync()
      await device?.apply(edits)
      await device?.sync()
    }
  }
  await play(village.turns)

  const app = await App.open(join(folder.path, 'profile'), line.url)
  closing.push(() => app.close())
  await app.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  say('first visit: app and engine, before any data', line.down, 'B', 900_000)

  const person = village.people[village.returning]?.id ?? ''
  await app.ask(server, person)
  line.cut()
  const [pending] = await server.operate('admin', 'devices', '--status', 'pending', '--json')
  await approve(server, String(pending?.['device_id']))
  line.profile = EDGE
  line.open = true
  line.down = 0
  await slowly(app, async () => {
    const began = performance.now()
    await app.tap('查看是否已批准')
    await app.tap('先看已收到的农户')
    await app.tap('农户')
    await app.comes('the first rows', app.page.locator('.hr').first())
    say('cold village on EDGE: list usable', (performance.now() - began) / 1_000, 's', 12)
    await app.page.locator('.q-status[data-phase="complete"]').waitFor({ timeout: 600_000 })
    say('cold village on EDGE: complete', (performance.now() - began) / 1_000, 's', 40)
  })
  say('of it bytes down', line.down, 'B')
  line.profile = LAN

  await app.sync()
  await app.at('/households')
  await app.comes('the list', app.page.locator('.hr').first())
  line.cut()
  say('open to usable list, offline, median of 3', median(await openings(app)) / 1_000, 's', 1.5)
  const households = await app.page.evaluate(() => [...document.querySelectorAll<HTMLAnchorElement>('a.hr')].map((row) => decodeURIComponent(row.pathname.split('/').at(-1) ?? '')))
  const saved = await saves(app, households.slice(0, 10))
  say('save a visit to "saved", median of 10', median(saved), 'ms', 150)
  say('save a visit to "saved", worst', Math.max(...saved), 'ms')

  // Home again, and away for the return.
  line.open = true
  await app.sync()
  await app.at('/today')
  line.cut()
  await play(village.others)
  await editAll(app, village.own)
  line.profile = EDGE
  line.open = true
  line.down = line.up = 0
  await slowly(app, async () => {
    const reachable = await took(async () => {
      await app.page.evaluate(() => window.dispatchEvent(new Event('online')))
      await app.page.locator(IN_STEP).waitFor({ timeout: 600_000 })
    })
    say('return with 40 edits to 60 of others on EDGE, from reachable to complete', reachable / 1_000, 's', 4)
  })
  say('of it bytes both ways', line.down + line.up, 'B')
  say('memory of the page’s process', rendererMemoryMiB(app.profile), 'MiB', 180)
})

test.each([
  ['1,000 households', 1_000],
  ['10,000 documents', 2_150],
])('%s', { timeout: 3_600_000 }, async (name, count) => {
  const say = begin(`the phone's app in Chromium, every process of its page slowed ${SLOWER} times; ${name}`)
  say('load of the machine when it began, processes waiting for two processors', loadavg()[0] ?? 0, '')
  const folder = freshFolder()
  closing.push(folder.remove)
  const server = await sceneOf(folder.path, ['wang', 'li'], ['--web', PACKED])
  closing.push(() => server.stop())
  const line = await Line.start(() => server.port)
  closing.push(() => line.stop())
  const office = await nativeDevice(server, folder.path, 'li')
  const edits = livedIn(count)
  for (let from = 0; from < edits.length; from += 1_000) {
    await office.apply(edits.slice(from, from + 1_000))
    await office.sync()
  }
  say('documents', edits.length, '')
  const app = await App.open(join(folder.path, 'profile'), line.url)
  closing.push(() => app.close())
  await app.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await app.ask(server, 'wang')
  const [pending] = await server.operate('admin', 'devices', '--status', 'pending', '--json')
  await approve(server, String(pending?.['device_id']))
  await app.page.locator(IN_STEP).waitFor({ timeout: 600_000 })
  await app.at('/households')
  await app.comes('the list', app.page.locator('.hr').first())
  await app.page.waitForTimeout(15_000)
  line.cut()
  say('open to usable list, offline, median of 3', median(await openings(app)) / 1_000, 's', count > 2_000 ? 3 : undefined)
  const keys = await keystrokes(app, ['z', 'w', 'wang', '张', 'l', 'lx', '0123', 'c', 'x'])
  say('search keystroke to result, median', median(keys), 'ms', count > 2_000 ? undefined : 50)
  say('search keystroke to result, worst', Math.max(...keys), 'ms')
  const saved = await saves(app, ['h7', 'h14', 'h21', 'h28', 'h35'])
  say('save a visit to "saved", median of 5', median(saved), 'ms')
  say('memory of the page’s process', rendererMemoryMiB(app.profile), 'MiB', 180)
})
