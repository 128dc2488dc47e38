/** What else comes to the desks: a refusal with reasons, emergency aid, monitoring with a plan, leave and presence. */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshFolder, workFolder } from '../harness/paths.ts'
import { allSent, application, begin, event, finish, found, next, Scene, state, today, VILLAGE, where, writes } from './scene.ts'

const REFUSED = 'h1.aabcde1'
const WATCHED = 'h3.mabcde1'
const folder = freshFolder()
const shots = workFolder('casework')
let scene: Scene
let town: Page
let county: Page

const url = (path: string): string => `${scene.office.front.url}/desk/${path}`
const look = (page: Page, name: string) => page.screenshot({ path: join(shots, `${name}.png`) })
const month = today().slice(0, 7)

beforeAll(async () => {
  scene = await Scene.open(folder.path)
  const { committee, zhao, team } = scene
  await writes(committee, application('h1', REFUSED, 'minimum_living', '王秀兰'))
  const survey = (text: string): object => event(REFUSED, 'township', 'survey_form', { text, family_signed: true })
  const start = { investigator_1: 'p-zhao', investigator_2: 'p-sun' }
  await writes(zhao, event(REFUSED, 'township', 'accept'), event(REFUSED, 'township', 'survey_start', start), survey('房屋两层。'))
  await writes(committee, { new: 'case', household: 'h3', id: WATCHED, value: { title: '大病线索' } }, event(WATCHED, 'committee', 'lead', { source: '农户申报', risk: '因病' }))
  await writes(
    committee,
    event(WATCHED, 'committee', 'home_check', { text: '大额医疗支出', on: today() }),
    event(WATCHED, 'committee', 'commitment', { authorised: true, on: today() }),
  )
  await writes(team, {
    new: 'attendance',
    village: VILLAGE,
    year: Number(month.slice(0, 4)),
    id: `${VILLAGE}.t${month.replace('-', '')}.p-li`,
    value: {
      marks: [{ date: `${month}-01`, state: 'present' }, { date: `${month}-02`, state: 'trip' }],
      leaves: [{ from: `${month}-27`, until: `${month}-28`, reason: '就医' }],
    },
  })
  town = await scene.office.desk()
  await scene.office.signIn(town, scene.sun)
})

afterAll(async () => {
  await scene?.office.close()
  folder.remove()
})

test('emergency aid comes first and its paperwork afterwards, on a clock of its own', async () => {
  await town.goto(url('cases'))
  await town.getByRole('button', { name: '登记新件' }).click()
  const dialog = town.getByRole('dialog', { name: '登记新件' })
  await dialog.getByLabel('类别').selectOption({ label: '临时救助（急难型）' })
  await dialog.getByLabel('农户').fill('majianguo')
  await dialog.getByRole('button', { name: /马建国/ }).click()
  await dialog.getByRole('button', { name: '登记', exact: true }).click()
  await state(town, '草稿')
  await begin(town, '先行救助')
  await next(town).getByRole('button', { name: '提交：先行救助' }).click()
  await next(town).getByText(/至少填写其一/).first().waitFor()
  await next(town).getByLabel('金额（元）').fill('2000')
  await finish(town, '先行救助')
  await state(town, '已先行救助，待补手续')
  await where(town).getByText('补齐手续').waitFor()
  expect(await found(town)).toEqual([])
  await look(town, 'emergency')
  await allSent(town)
  await town.goto(url('cases?paperwork=true'))
  await town.locator('tr[data-case]').filter({ hasText: '马建国' }).getByText('待补手续').first().click()
  await town.getByRole('link', { name: '马建国' }).click()
  await begin(town, '补齐手续')
  await next(town).getByLabel('内容').fill('申请书、身份证明已补齐')
  await finish(town, '补齐手续')
  await state(town, '手续齐全')
  await next(town).getByText('本件已办结。').waitFor()
  await allSent(town)
})

test('a refusal has its reasons and is told in writing', async () => {
  await town.goto(url(`cases/${REFUSED}`))
  await state(town, '调查核对中')
  await begin(town, '入户调查表')
  await next(town).getByLabel('内容').fill('名下有车辆。')
  await next(town).getByLabel('家庭成员已签字').check()
  await finish(town, '入户调查表')
  await begin(town, '提请信息核对')
  await finish(town, '提请信息核对')
  await begin(town, '信息核对结论')
  await next(town).getByRole('combobox').selectOption({ label: '不符合' })
  await finish(town, '信息核对结论')
  await begin(town, '初审意见')
  await next(town).getByLabel('内容').fill('有车辆，建议不予确认。')
  await finish(town, '初审意见')
  await begin(town, '公示')
  await town.getByLabel('公示单位').fill('东山乡人民政府')
  await town.getByLabel('意见反映方式').fill('东山乡民政办')
  await town.getByLabel('公示结束').fill(new Date(Date.now() + 8 * 86_400_000).toISOString().slice(0, 10))
  await town.getByRole('button', { name: '发出公示' }).click()
  await town.getByText('尚未张贴确认').waitFor()
  await allSent(town)
  await writes(scene.committee, event(REFUSED, 'committee', 'notice_posted', { on: today() }))
  await scene.daysPass(8)
  await writes(scene.zhao, event(REFUSED, 'township', 'send_county'))
  county = await scene.office.desk({ width: 1024 })
  await scene.office.signIn(county, scene.he)
  await county.goto(url(`cases/${REFUSED}`))
  await state(county, '县级审核')
  await begin(county, '不予确认')
  await next(county).getByRole('button', { name: '提交：不予确认' }).click()
  await next(county).getByText('必填').waitFor()
  await next(county).getByLabel('理由').fill('家庭财产超过规定标准')
  await finish(county, '不予确认')
  await state(county, '不予确认，待书面告知')
  await allSent(county)
  await town.goto(url(`cases/${REFUSED}`))
  await state(town, '不予确认，待书面告知')
  await where(town).getByText('书面告知不予确认').waitFor()
  await begin(town, '书面告知')
  await next(town).getByLabel('内容').fill('因家庭财产超过标准，不予确认；如有异议可依法复议。')
  await finish(town, '书面告知')
  await state(town, '不予确认，已告知')
  await allSent(town)
})

test('a household is identified, gets a plan with a unit, and the unit reports what came of it', async () => {
  await town.goto(url(`cases/${WATCHED}`))
  await state(town, '已承诺授权，待比对')
  await begin(town, '数据比对结论')
  await next(town).getByRole('combobox').selectOption({ label: '符合' })
  await finish(town, '数据比对结论')
  await allSent(town)
  await writes(
    scene.committee,
    event(WATCHED, 'committee', 'appraisal', { text: '评议通过', on: today() }),
    event(WATCHED, 'committee', 'notice_start', { until: today() }),
    event(WATCHED, 'committee', 'notice_posted', { on: today() }),
  )
  await scene.daysPass(6)
  await writes(scene.zhao, event(WATCHED, 'township', 'review'))
  await county.goto(url(`cases/${WATCHED}`))
  await state(county, '待县级审定')
  await begin(county, '县级审定（纳入监测）')
  await next(county).getByRole('combobox').first().selectOption({ label: '突发严重困难户' })
  expect(await next(county).getByRole('combobox').nth(1).inputValue()).toBe('因病')
  await finish(county, '县级审定（纳入监测）')
  await state(county, '监测帮扶中')
  await allSent(county)
  await state(town, '监测帮扶中')
  await begin(town, '制定一户一策')
  await next(town).getByLabel('帮扶单位').selectOption({ label: '县水务局' })
  await next(town).getByRole('combobox').nth(1).selectOption({ label: '就业帮扶' })
  await next(town).getByLabel('措施内容').fill('安排公益岗位')
  await next(town).getByRole('button', { name: '提交：制定一户一策' }).click()
  await next(town).getByText('已记下：制定一户一策').first().waitFor()
  await town.getByText('措施 1 项，未完成 1 项').waitFor()
  await look(town, 'monitoring')
  await allSent(town)
  const desk = await scene.office.desk()
  await scene.office.signIn(desk, scene.chen, 'plans')
  await desk.getByText('安排公益岗位').waitFor()
  await desk.getByRole('button', { name: '报告进展' }).click()
  await desk.getByRole('combobox').selectOption({ label: '已完成' })
  await desk.getByLabel('落实情况').fill('十一月上岗')
  await desk.getByRole('button', { name: '保存' }).click()
  await desk.getByText('没有计划').waitFor()
  await desk.getByRole('button', { name: '全部计划' }).click()
  await desk.getByText('十一月上岗').waitFor()
  expect(await found(desk)).toEqual([])
  await look(desk, 'unit-plans')
  await allSent(desk)
  await town.goto(url('plans'))
  await town.getByRole('button', { name: '全部计划' }).click()
  await town.getByText('十一月上岗').waitFor()
})

test('leave is decided and presence stands by team, persons in no order but their names', async () => {
  await town.goto(url('attendance'))
  const leaves = town.getByRole('region', { name: '待审批的请假' })
  await leaves.getByText('就医').waitFor()
  expect(await found(town)).toEqual([])
  await look(town, 'attendance')
  await leaves.getByRole('button', { name: '不同意' }).click()
  const dialog = town.getByRole('dialog', { name: '不同意 李敏 请假' })
  await dialog.getByRole('textbox').fill('当周有检查，请改期')
  await dialog.getByRole('button', { name: '不同意' }).click()
  await leaves.getByText('没有待审批的请假。').waitFor()
  await town.getByRole('button', { name: '确认 2 天' }).click()
  await town.getByText('已确认 2 天').waitFor()
  await allSent(town)
  await scene.team.sync()
  const held = JSON.stringify(await scene.team.run(['get', `${VILLAGE}.t${month.replace('-', '')}.p-li`]))
  expect(held).toContain('当周有检查，请改期')
})

test('nothing in any page broke the policy or a script', () => {
  expect(scene.office.complaints).toEqual([])
})
