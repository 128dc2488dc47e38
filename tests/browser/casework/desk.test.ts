/** Minimum living security at two desks: from what a committee pushed to the decision and the re-check, with an objection. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshFolder, workFolder } from '../harness/paths.ts'
import { textOf } from './pdf.ts'
import { allSent, application, begin, event, finish, FORBIDDEN, found, monthAfter, next, Scene, state, today, where, writes } from './scene.ts'

const CASE = 'h1.aabcde1'
const folder = freshFolder()
const shots = workFolder('casework')
let scene: Scene
let town: Page

const url = (path: string): string => `${scene.office.front.url}/desk/${path}`
const look = (page: Page, name: string) => page.screenshot({ path: join(shots, `${name}.png`) })

beforeAll(async () => {
  scene = await Scene.open(folder.path)
  await writes(scene.committee, application('h1', CASE, 'minimum_living', '王秀兰'))
  // Whoever has written is known by name.
  await writes(scene.zhao, event(CASE, 'township', 'note', { text: '已收到，待受理' }))
  town = await scene.office.desk()
  await scene.office.signIn(town, scene.sun)
})

afterAll(async () => {
  await scene?.office.close()
  folder.remove()
})

test('a township accepts what a committee has submitted, and the clock of the survey runs', async () => {
  await town.goto(url(`cases/${CASE}`))
  await state(town, '待受理')
  expect(await next(town).innerText()).toContain('一次性告知补正')
  await look(town, 'case-submitted')
  await begin(town, '受理')
  await finish(town, '受理')
  await state(town, '已受理')
  await where(town).getByText('启动入户调查').waitFor()
  await where(town).getByText(/工作日/).first().waitFor()
  expect(await found(town)).toEqual([])
})

test('an act that lacks something says what, and cannot be submitted', async () => {
  const acts = next(town)
  expect(await acts.innerText()).not.toContain('初审意见')
  await begin(town, '启动入户调查')
  await acts.getByLabel('调查人一').selectOption({ label: '孙丽' })
  await acts.getByLabel('调查人二').selectOption({ label: '孙丽' })
  await acts.getByRole('button', { name: '提交：启动入户调查' }).click()
  await acts.getByText('两名调查人不能是同一人').waitFor()
  await acts.getByLabel('调查人二').selectOption({ label: '赵敏' })
  await finish(town, '启动入户调查')
  await state(town, '调查核对中')
  await acts.getByText(/还缺：.*两名调查人的入户调查表/).waitFor()
  await begin(town, '初审意见')
  await acts.getByText('办理之前还须完成：').waitFor()
  expect(await acts.getByRole('button', { name: /^提交/ }).count()).toBe(0)
  await look(town, 'case-lacks')
  await acts.getByRole('button', { name: '取消' }).click()
})

test('two investigators on two devices, a data check, and the opinion', async () => {
  await allSent(town)
  await writes(scene.zhao, event(CASE, 'township', 'survey_form', { text: '土坯房三间，无大件。', family_signed: true }))
  await begin(town, '入户调查表')
  await next(town).getByLabel('内容').fill('与申报一致。')
  await next(town).getByRole('button', { name: '提交：入户调查表' }).click()
  await next(town).getByText(/至少填写其一/).first().waitFor()
  await next(town).getByLabel('家庭成员已签字').check()
  await finish(town, '入户调查表')
  await begin(town, '提请信息核对')
  await finish(town, '提请信息核对')
  await begin(town, '信息核对结论')
  await next(town).getByRole('combobox').selectOption({ label: '符合' })
  await finish(town, '信息核对结论')
  await begin(town, '初审意见')
  await next(town).getByLabel('内容').fill('符合条件，拟纳入。')
  await finish(town, '初审意见')
  await state(town, '初审完成，待公示')
})

test('accounts and reports of checks stay between offices, masked until they are touched', async () => {
  const offices = town.getByRole('region', { name: '银行账户与核对报告' })
  await offices.getByRole('button', { name: '登记账户' }).click()
  await offices.getByLabel('户名').fill('王秀兰')
  await offices.getByLabel('开户行').fill('农商行东山支行')
  await offices.getByLabel('账号').fill('6228480012345678901')
  await offices.getByRole('button', { name: '保存' }).click()
  await offices.getByText('农商行东山支行').waitFor()
  expect(await offices.innerText()).not.toContain('6228480012345678901')
  await allSent(town)
  await scene.committee.sync()
  await scene.team.sync()
  for (const phone of [scene.committee, scene.team]) await expect(phone.run(['get', `${CASE}.check`])).rejects.toThrow()
})

let notice = ''
test('a notice shows who, where and until when, and none of what is forbidden; it prints and is a picture', async () => {
  await begin(town, '公示')
  await town.getByRole('heading', { name: '发出公示' }).waitFor()
  await town.getByLabel('公示单位').fill('东山乡人民政府')
  await town.getByLabel('意见反映方式').fill('致电 13900001111')
  await town.getByText(/不能公示/).waitFor()
  expect(await town.getByRole('button', { name: '发出公示' }).isDisabled()).toBe(true)
  await town.getByLabel('意见反映方式').fill('东山乡民政办，0871-65550000')
  const until = new Date(Date.now() + 7 * 86_400_000 + 8 * 3_600_000).toISOString().slice(0, 10)
  await town.getByLabel('公示结束').fill(until)
  expect(await found(town)).toEqual([])
  await look(town, 'notice-making')
  await town.getByRole('button', { name: '发出公示' }).click()
  await town.getByText('尚未张贴确认').waitFor()
  notice = new URL(town.url()).pathname.split('/').at(-1) ?? ''
  const sheet = await town.getByRole('article').innerText()
  for (const said of ['王秀兰', '青山村', '3人', '东山乡民政办，0871-65550000']) expect(sheet).toContain(said)
  for (const never of FORBIDDEN) expect(sheet).not.toContain(never)
  await look(town, 'notice-given')
  const [saved] = await Promise.all([town.waitForEvent('download'), town.getByRole('button', { name: '保存为图片' }).click()])
  await saved.saveAs(join(shots, 'notice.png'))
  const pdf = await town.pdf({ path: join(shots, 'notice.pdf') })
  const printed = await textOf(pdf)
  for (const said of ['王秀兰', '东山乡人民政府']) expect(printed).toContain(said)
  for (const never of [...FORBIDDEN, '下一步', '主菜单']) expect(printed).not.toContain(never)
})

test('posting and an objection from the village appear without a reload, and the county will have to visit', async () => {
  await town.goto(url(`cases/${CASE}`))
  await state(town, '公示中')
  await allSent(town)
  await writes(
    scene.committee,
    { doc: notice, ops: [{ op: 'add', path: ['postings'], value: { posted_on: today(), where: '村委会公示栏' } }] },
    event(CASE, 'committee', 'notice_posted', { on: today(), place: '村委会公示栏', notice }),
  )
  await writes(
    scene.team,
    { doc: notice, ops: [{ op: 'add', path: ['receipts'], value: { by: 'p-li', on: today() } }] },
    event(CASE, 'team', 'objection', { raised_by: '村民', text: '其子有车' }),
  )
  await state(town, '公示有异议')
  await town.getByText(/张贴确认 1 次 · 1 人已读/).waitFor()
  await look(town, 'case-objected')
})

test('an objection is appraised, a second notice runs for its days, and only then the case goes to the county', async () => {
  await writes(scene.committee, event(CASE, 'committee', 'appraisal', { on: today(), text: '十二人评议，异议不成立。' }))
  await state(town, '已民主评议')
  await begin(town, '初审意见')
  await next(town).getByLabel('内容').fill('异议不成立，维持初审意见。')
  await finish(town, '初审意见')
  await state(town, '初审完成，待公示')
  await begin(town, '公示')
  await town.getByLabel('公示单位').fill('东山乡人民政府')
  const until = new Date(Date.now() + 7 * 86_400_000 + 8 * 3_600_000).toISOString().slice(0, 10)
  await town.getByLabel('公示结束').fill(until)
  await town.getByRole('button', { name: '发出公示' }).click()
  await town.getByText('尚未张贴确认').waitFor()
  await allSent(town)
  await writes(scene.committee, event(CASE, 'committee', 'notice_posted', { on: today(), place: '村委会公示栏' }))
  await town.goto(url(`cases/${CASE}`))
  await next(town).getByText(/还缺：公示满7天/).waitFor()
  await town.context().close()
  await scene.daysPass(8)
  town = await scene.office.desk()
  await scene.office.signIn(town, scene.sun)
  await town.goto(url(`cases/${CASE}`))
  await begin(town, '上报县级')
  await finish(town, '上报县级')
  await state(town, '县级审核')
  await allSent(town)
})

let county: Page
test('the county sees that it has to visit, decides, and the allowance begins in the month after', async () => {
  county = await scene.office.desk({ width: 1024 })
  await scene.office.signIn(county, scene.he)
  await county.goto(url(`cases/${CASE}`))
  await state(county, '县级审核')
  await county.getByText('公示期间有异议或投诉，县级须入户调查。').waitFor()
  await next(county).getByText(/还缺：县级入户调查/).waitFor()
  expect(await next(county).innerText()).not.toContain('上报县级')
  await look(county, 'county-review')
  await begin(county, '县级入户')
  await next(county).getByLabel('内容').fill('属实，子女无车辆登记。')
  await finish(county, '县级入户')
  await begin(county, '审核确认')
  await next(county).getByLabel('金额（元）').fill('1560')
  expect(await next(county).getByLabel('保障人数').inputValue()).toBe('3')
  expect(await next(county).getByLabel('发放起始日期').inputValue()).toBe(monthAfter())
  await next(county).getByLabel('收入来源稳定').check()
  await finish(county, '审核确认')
  await state(county, '已确认，待公布发放')
  await begin(county, '公布')
  await finish(county, '公布')
  await begin(county, '首次发放')
  await finish(county, '首次发放')
  await state(county, '保障中')
  await county.getByText('定期复核').waitFor()
  await allSent(county)
  expect(await found(county)).toEqual([])
})

test('the township re-checks what is paid, and the next year begins', async () => {
  await town.goto(url(`cases/${CASE}`))
  await state(town, '保障中')
  await begin(town, '启动复核')
  await finish(town, '启动复核')
  await state(town, '复核中')
  await begin(town, '复核结论')
  await next(town).getByRole('combobox').selectOption({ label: '符合' })
  await finish(town, '复核结论')
  await state(town, '保障中')
  await where(town).getByText('定期复核').waitFor()
  await allSent(town)
  await look(town, 'case-active')
})

test('the statement tells every step with both times and that all signatures hold, on paper and as data', async () => {
  await town.goto(url(`cases/${CASE}/statement`))
  await town.getByText(/^全部 \d+ 笔签名有效/).waitFor()
  expect(await found(town)).toEqual([])
  await town.screenshot({ path: join(shots, 'statement.png'), fullPage: true })
  const printed = await textOf(await town.pdf({ path: join(shots, 'statement.pdf') }))
  for (const said of ['王秀兰', '审核确认', '何局', '笔签名有效', '公示异议']) expect(printed).toContain(said)
  expect(printed).not.toContain('6228480012345678901')
  const [saved] = await Promise.all([town.waitForEvent('download'), town.getByRole('button', { name: '导出 JSON' }).click()])
  const data = JSON.parse(readFileSync(await saved.path(), 'utf8')) as { standing: { state: string }; verified: { ok: boolean } }
  expect([data.standing.state, data.verified.ok]).toEqual(['active', true])
})

test('the list stands by time limit, filters stand in the address, and what is pushed appears in place', async () => {
  await town.goto(url('cases'))
  await town.getByRole('heading', { name: '办事' }).waitFor()
  const rows = town.locator('tr[data-case]')
  await rows.filter({ hasText: '王秀兰' }).waitFor()
  await town.evaluate(() => Object.assign(window, { stayed: true }))
  await writes(scene.committee, application('h2', 'h2.aabcde1', 'minimum_living', '马建国'))
  await rows.filter({ hasText: '马建国' }).getByText('待受理').waitFor()
  expect(await town.evaluate(() => 'stayed' in window), 'no reload').toBe(true)
  expect(await found(town)).toEqual([])
  await look(town, 'inbox')
  await town.getByLabel('环节').selectOption({ label: '待受理' })
  await rows.filter({ hasText: '王秀兰' }).waitFor({ state: 'detached' })
  expect(new URL(town.url()).search).toBe('?state=submitted')
  await town.getByPlaceholder('姓名、拼音、户编号').fill('majianguo')
  await rows.filter({ hasText: '马建国' }).waitFor()
  expect(town.url()).not.toContain('majianguo')
})

test('the ten numbers open the lists behind them', async () => {
  await town.goto(url('case-numbers'))
  await town.locator('[data-number="cases_open"] strong').waitFor()
  const open = Number(await town.locator('[data-number="cases_open"] strong').innerText())
  await town.getByRole('region', { name: '近十二个月数据表' }).waitFor()
  expect(await found(town)).toEqual([])
  await town.screenshot({ path: join(shots, 'numbers.png'), fullPage: true })
  await town.locator('[data-number="cases_open"] a').click()
  await town.locator('tr[data-case]').first().waitFor()
  expect(await town.locator('tr[data-case]').count()).toBe(open)
  await town.getByRole('button', { name: 'English' }).click()
  await town.getByRole('heading', { name: 'Cases' }).waitFor()
  expect(await found(town)).toEqual([])
  await look(town, 'inbox-en')
})

test('nothing in any page broke the policy or a script', () => {
  expect(scene.office.complaints).toEqual([])
})
