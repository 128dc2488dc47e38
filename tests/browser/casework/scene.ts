/** A county with people of every role, one household that applies, and the events its village writes from phones. */
import type { Page } from 'playwright-core'
import { findings } from '../desk/axe.ts'
import type { NativeDevice } from '../harness/server.ts'
import { type Account, Office } from '../desk/office.ts'

export const VILLAGE = '530101001'
export const DAY_MS = 86_400_000
/** What must appear on no notice. */
export const FORBIDDEN = ['530101197001010017', '13900001111', '6228480012345678901', '患有大病']

export class Scene {
  private constructor(
    readonly office: Office,
    readonly committee: NativeDevice,
    readonly team: NativeDevice,
    /** The second investigator, of the township, on a device of the command line. */
    readonly zhao: NativeDevice,
    readonly sun: Account,
    readonly he: Account,
    readonly chen: Account,
  ) {}

  static async open(folder: string): Promise<Scene> {
    const office = await Office.open(folder)
    await office.person('p-wang', '王主任', 'committee', '--places', VILLAGE)
    await office.person('p-li', '李敏', 'team', '--places', VILLAGE)
    await office.person('p-sun', '孙丽', 'township', '--places', '530101')
    await office.person('p-zhao', '赵敏', 'township', '--places', '530101')
    await office.person('p-he', '何局', 'county', '--places', '5301')
    await office.person('p-chen', '陈工', 'unit', '--unit', 'u-water')
    await office.server.operate('admin', 'pair', 'add', 'u-water', '--village', VILLAGE)
    const committee = await office.phone('p-wang')
    const team = await office.phone('p-li')
    const zhao = await office.phone('p-zhao')
    await committee.apply([household('h1', '王秀兰'), household('h2', '马建国'), household('h3', '李桂花')])
    await committee.sync()
    await team.sync()
    await zhao.sync()
    const sun = await office.account('sun', '孙丽', 'p-sun')
    const he = await office.account('hechi', '何局', 'p-he')
    const chen = await office.account('chen', '陈工', 'p-chen')
    return new Scene(office, committee, team, zhao, sun, he, chen)
  }

  /** What everybody wrote so far was received so many days earlier: as only time could do it. */
  async daysPass(days: number): Promise<void> {
    await this.office.server.change(`UPDATE changes SET received_ms = received_ms - ${days * DAY_MS}`)
    await this.office.server.operate('rebuild')
  }
}

/** Brings a device in step, lets it write, and sends it. */
export async function writes(device: NativeDevice, ...edits: object[]): Promise<void> {
  await device.sync()
  await device.apply(edits)
  await device.sync()
}

export function event(doc: string, role: string, sort: string, more: object = {}): object {
  return { doc, ops: [{ op: 'add', path: ['events'], value: { event: sort, role, ...more } }] }
}

export function application(household: string, id: string, procedure: string, applicant: string, more: object = {}): object {
  const submit = { event: 'submit', role: 'committee', procedure, applicant, authorised: true, mandate: '本人手印委托' }
  const declared = { members_count: 3, income_yuan: 4200, property: '土坯房三间' }
  return { new: 'application', household, id, value: { procedure, applicant, declared, events: [submit], ...more } }
}

function household(id: string, householder: string): object {
  const value = {
    householder,
    group: 3,
    number: `3-${id}`,
    address: '三组12号',
    phone: '13900001111',
    household_type: '一般户',
    register_state: 'active',
    members: [{ name: householder, relation: '户主', id_number: '530101197001010017', health: '患有大病' }],
  }
  return { new: 'household', village: VILLAGE, id, value }
}

/** The day in China. */
export function today(): string {
  return new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
}

export function monthAfter(): string {
  const now = new Date(Date.now() + 8 * 3_600_000)
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString().slice(0, 10)
}

export const where = (page: Page) => page.getByRole('region', { name: '办理情况' })
export const next = (page: Page) => page.getByRole('complementary', { name: '下一步' })
export const allSent = (page: Page) => page.getByText(/\d 条待上传/).waitFor({ state: 'detached' })
export async function state(page: Page, name: string): Promise<void> {
  await where(page).getByText(name, { exact: true }).first().waitFor()
}
export async function begin(page: Page, act: string): Promise<void> {
  await next(page).getByRole('button', { name: act, exact: true }).click()
}
export async function finish(page: Page, act: string): Promise<void> {
  await next(page).getByRole('button', { name: `提交：${act}` }).click()
  await next(page).getByText(`已记下：${act}`).first().waitFor()
}
/** What axe finds once nothing moves any more. */
export async function found(page: Page): Promise<string[]> {
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished)))
  return findings(page)
}
