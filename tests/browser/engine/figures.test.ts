/** Figures of the phone's engine in Chromium: `QIAO_FIGURES=1 npx vitest run engine/figures`. Printed, not judged. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { heapMiB, rendererMemoryMiB, rendererProcesses, slowDown } from '../harness/chromium.ts'
import { Front } from '../harness/front.ts'
import { freshFolder } from '../harness/paths.ts'
import { approve, invite, livedIn, nativeDevice, village } from '../harness/scene.ts'
import type { QiaoServer } from '../harness/server.ts'
import { buildPage, PAGE_HEADERS } from './build.ts'
import { Phone } from './phone.ts'

const sizes = (process.env['QIAO_FIGURES'] ?? '').split(',').filter((size) => size !== '').map(Number)

describe.runIf(sizes.length > 0).each(sizes)('%i households', (count) => {
  const folder = freshFolder()
  let server: QiaoServer
  let front: Front
  let phone: Phone

  beforeAll(async () => {
    server = await village(folder.path, ['wang', 'li'])
    front = await Front.start(await buildPage(), () => server.port, PAGE_HEADERS)
    const office = await nativeDevice(server, folder.path, 'li')
    const edits = livedIn(count)
    for (let from = 0; from < edits.length; from += 1_000) {
      await office.apply(edits.slice(from, from + 1_000))
      await office.sync()
    }
    phone = await Phone.open(join(folder.path, 'profile'), front.url)
  }, 1_800_000)

  afterAll(async () => {
    await phone?.close()
    await front?.stop()
    await server?.stop()
    folder.remove()
  })

  test('loads, opens, saves and searches', async () => {
    await phone.call('enrol', { code: await invite(server, 'wang'), model: 'Test Phone' })
    await phone.stage('waiting')
    await approve(server, /device: ([0-9a-f]{32})/.exec(await phone.call('report'))?.[1] ?? '')
    const began = Date.now()
    await phone.until('a first list', () => phone.call('households', {}, 0, 1), (page) => page.total >= count, 600_000)
    say('first list of all households', Date.now() - began)
    await phone.stage('ready', 600_000)
    say('loaded', Date.now() - began)
    await phone.until('all rows', () => phone.call('report'), (report) => /rowsToMake: 0/.test(report), 600_000)
    say('all rows made', Date.now() - began)
    say('bytes down', front.down)
    say('documents', Number(/documents: (\d+)/.exec(await phone.call('report'))?.[1]))
    await new Promise((resolve) => setTimeout(resolve, 3_000))

    await server.stop()
    for (const times of [1, 4]) {
      const lists: number[] = []
      const engines: number[] = []
      for (let round = 0; round < 3; round++) {
        // The same process again, so that it is slowed from the first line on.
        const go = times > 1 ? slowDown(rendererProcesses(phone.profile), times) : () => undefined
        await phone.page.reload({ waitUntil: 'commit' })
        lists.push(
          await phone.page.evaluate(async () => {
            while (!window.client) await new Promise((resolve) => setTimeout(resolve, 5))
            const client = await window.client
            await client.households({}, 0, 30)
            return performance.now()
          }),
        )
        engines.push(
          await phone.page.evaluate(async () => {
            const client = await window.client
            await client.returned()
            return performance.now()
          }),
        )
        go()
      }
      say(`×${times} open to list`, median(lists))
      say(`×${times} open to engine`, median(engines))
      const go = times > 1 ? slowDown(rendererProcesses(phone.profile), times) : () => undefined
      say(`×${times} a loop of fixed length`, await spin())
      const saves: number[] = []
      for (let index = 1; index <= 12; index++) {
        const visit = { date: '2026-11-01', author: 'wang', found: '房屋安全，缺冬衣', promised: '联系民政' }
        saves.push(...(await phone.timed('edit', [{ doc: `h${index * 7}.j2026`, ops: [{ op: 'add', path: ['visits'], value: visit }] }])))
      }
      say(`×${times} save a visit, median`, median(saves))
      say(`×${times} save a visit, worst`, Math.max(...saves))
      const keys: number[] = []
      for (const text of ['z', 'zh', 'zhang', '张', '0123', 'xj', 'l w']) keys.push(...(await phone.timed('households', [{ text }, 0, 30], 3)))
      say(`×${times} search keystroke, median`, median(keys))
      say(`×${times} search keystroke, worst`, Math.max(...keys))
      say(`×${times} today`, median(await phone.timed('today', [], 3)))
      go()
    }
    const locking = Date.now()
    await phone.call('setLock', 'pin', '271828', null)
    await phone.stage('ready')
    say('everything encrypted anew under a PIN', Date.now() - locking)
    await phone.call('lock')
    say('unlock to list', await phone.page.evaluate(async () => {
      const client = await window.client
      const began = performance.now()
      await client.unlock('271828')
      await client.households({}, 0, 30)
      return performance.now() - began
    }))
    const heap = await heapMiB(phone.page)
    say('memory of scripts: page, MiB', heap.page)
    say('memory of scripts: worker with WASM, MiB', heap.worker)
    say('memory of the process, MiB', rendererMemoryMiB(phone.profile))
    await phone.page.goto('about:blank')
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    say('memory of the process with an empty page, MiB', rendererMemoryMiB(phone.profile))
  }, 1_800_000)

  /** Tells how much slower the page really is. */
  function spin(): Promise<number> {
    return phone.page.evaluate(() => {
      const began = performance.now()
      let sum = 0
      for (let index = 0; index < 5e7; index++) sum += index % 7
      return sum > 0 ? performance.now() - began : 0
    })
  }

  function say(what: string, figure: number): void {
    process.stdout.write(`${count} households: ${what}: ${Math.round(figure * 10) / 10}\n`)
  }
})

function median(list: number[]): number {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? NaN
}
