/** Casework from phones: written down without signal, carried by the bridge, taken up by the township, shown again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshFolder } from '../harness/paths.ts'
import { VILLAGE } from '../harness/scene.ts'
import type { App } from '../phone/app.ts'
import { Office } from '../phone/office.ts'
import { caseOf, Village } from './village.ts'

const folder = freshFolder()
let scene: Village
let committee: App
let team: App
/** The application the village follows. */
let doc = ''

beforeAll(async () => {
  scene = await Village.open(folder.path)
  committee = await scene.phone('cun')
  team = await scene.phone('wang')
})

afterAll(async () => {
  await scene?.close()
  folder.remove()
})

/** Answers a question with yes. */
async function yes(app: App, question: string): Promise<void> {
  await app.page.getByRole('radiogroup', { name: question }).getByRole('radio', { name: '是' }).check()
}

test('an application written for somebody without signal reaches the township, and what it does comes back', async () => {
  scene.away()
  await committee.at('/households/h1')
  await committee.tap('代办救助申请')
  await committee.page.getByLabel('救助类别').selectOption('minimum_living')
  await committee.fill('事由', '户主患病，无劳动力')
  await committee.tap('提交申请')
  await committee.sees('没有签字的授权核对书，不能提交')
  await committee.fill('委托手续', '本人手印委托')
  await yes(committee, '已签授权核对书')
  // A browser that is killed in between costs nothing.
  await sleep(1_000)
  await committee.killAndReopen('/work/apply?household=h1')
  await committee.comes('the draft', committee.page.getByRole('status').filter({ hasText: '已找回' }))
  expect(await committee.page.getByLabel('委托手续').inputValue()).toBe('本人手印委托')
  await committee.tap('提交申请')
  await committee.sees('申请已存在本机')
  await committee.sees('待受理')
  await committee.page.waitForURL(/\/work\/h1\./)
  doc = caseOf(committee)
  scene.back()
  await committee.sync()

  await scene.clerk(doc, { event: 'material_list', items: '户口簿复印件；诊断证明' })
  await committee.sync()
  await committee.at('/work')
  await committee.sees('等您办：补正材料')
  await committee.page.getByRole('link').filter({ hasText: '等您办：补正材料' }).click()
  await committee.comes('the list of what is missing', committee.page.locator('[data-part="material"]').getByText('诊断证明'))
  await committee.tap('补正材料')
  await committee.fill('内容', '户口簿复印件、诊断证明各一份')
  await committee.save()
  await committee.comes('what was supplied', committee.page.locator('[data-supplied]').getByText('各一份'))
  await committee.sync()

  await scene.clerk(doc, { event: 'accept' }, { event: 'check_request' }, { event: 'survey_start', investigator_1: 'yang', investigator_2: 'he' })
  await committee.sync()
  await committee.at(`/work/${doc}`)
  await committee.sees('调查核对中')
  await committee.comes('a clock in words', committee.page.locator('.q-clock').getByText(/还剩 \d+ 个工作日/).first())
  expect((await scene.standing(doc)).state).toBe('surveying')
})

test('two investigators write the survey, each on their own phone without signal, and both stand in the case', async () => {
  const [yang, he] = [await scene.phone('yang'), await scene.phone('he')]
  scene.away()
  for (const [phone, found] of [
    [yang, '土坯房三间，户主卧病'],
    [he, '无稳定收入，邻里证实'],
  ] as const) {
    await phone.at('/work')
    await phone.page.getByRole('link').filter({ hasText: '等您办：入户调查表' }).click()
    await phone.tap('入户调查表')
    await phone.fill('内容', found)
    await yes(phone, '家庭成员已签字')
    await phone.save()
  }
  scene.back()
  await yang.sync()
  await he.sync()
  await yang.sync()
  await yang.at(`/work/${doc}`)
  await yang.sees('土坯房三间，户主卧病')
  await yang.sees('无稳定收入，邻里证实')
  // Who has written theirs is not asked again.
  await yang.at('/work')
  await yang.seesNo('等您办：入户调查表')
  const standing = await scene.standing(doc)
  const forms = standing.steps.filter((step) => step.event === 'survey_form' && step.why === null)
  expect(new Set(forms.map((form) => form.person))).toEqual(new Set(['yang', 'he']))
  const opinion = standing.next.find((next) => next.event === 'opinion')
  expect(opinion?.missing.map(({ zh }) => zh)).toEqual(['信息核对结论'])
})

test('the committee confirms that the notice hangs; an objection written in time and sent too late is shown as kept', async () => {
  await scene.clerk(
    doc,
    { event: 'check_result', conclusion: 'passed' },
    { event: 'opinion', text: '拟同意纳入' },
    { event: 'notice_start', until: '2036-12-01' },
  )
  await committee.sync()
  await committee.at('/work')
  await committee.page.getByRole('link').filter({ hasText: '等您办：张贴确认' }).click()
  await committee.tap('张贴确认')
  await committee.fill('地点', '村委会公示栏')
  await committee.save()
  await committee.sees('村委会公示栏')
  await committee.sync()

  await team.sync()
  scene.away()
  await sleep(1_500)
  await team.at(`/work/${doc}`)
  await team.tap('其他事项')
  await team.tap('公示异议')
  await team.fill('提出人', '李某')
  await team.fill('内容', '该户有小汽车')
  await team.save()
  await sleep(1_500)
  await scene.clerk(doc, { event: 'withdraw', reason: '申请人撤回' })
  scene.back()
  await team.sync()
  await team.at(`/work/${doc}`)
  await team.sees('已撤回')
  const kept = team.page.locator('.q-course-step[data-event="objection"]')
  await team.comes('the objection in the course', kept.getByText('该户有小汽车'))
  await team.comes('why it does not count', kept.getByText('已办结。'))
  await team.comes('that it was in time', kept.getByText('填写时间在办理期内，已保留'))
  const late = (await scene.standing(doc)).steps.find((step) => step.event === 'objection')
  expect(late).toMatchObject({ why: 'closed', claimed_in_time: true })
})

test('a lead is reported in a minute and checked at home; what the team may not do is not offered', async () => {
  scene.away()
  await team.at('/work/lead?household=h2')
  await team.choose('干部排查')
  await team.choose('因病')
  await team.tap('登记线索')
  await team.sees('线索待核实')
  const lead = caseOf(team)
  await team.tap('入户核实')
  await team.fill('内容', '住院费用三万元，收入中断')
  await team.save()
  await team.sees('已入户核实')
  await team.tap('承诺授权')
  await yes(team, '已签授权核对书')
  await team.save()
  await team.sees('已承诺授权')
  await team.tap('其他事项')
  const offered = await team.page.getByRole('dialog').getByRole('link').allInnerTexts()
  expect(offered).not.toContain('线索不成立')
  expect(offered).not.toContain('提请数据比对')
  scene.back()
  await team.sync()
  expect((await scene.standing(lead)).state).toBe('committed')
  await team.at('/households/h2')
  await team.comes('the case in the file', team.page.locator('#work').getByText('已承诺授权，待比对'))
})

test('a plan with its measure is followed, and says how far it is', async () => {
  await team.at('/work/plans/new?household=h2')
  await team.fill('标题', '2026年帮扶计划')
  await team.page.getByLabel('措施类别').selectOption('健康帮扶')
  await team.fill('措施内容', '申请大病救助，联系县医院')
  await team.tap('保存')
  await team.sees('未开始')
  await team.tap('填写落实情况')
  await team.choose('落实中')
  await team.fill('落实情况', '材料已交医保局')
  await team.save()
  await team.comes('the result', team.page.locator('[data-part="measure"]').getByText('材料已交医保局'))
  await team.at('/households/h2')
  await team.comes('the plan in the file', team.page.locator('#work').getByText(/措施 1 项，在办 1 项/))
})

test('a month of attendance is kept on one screen, and the decision on leave is shown', async () => {
  scene.away()
  await team.at('/work/attendance')
  await team.tap('今天：在村')
  await team.sees(/在岗 1 天/)
  await team.tap('申请请假')
  await team.fill('开始日期', '2026-12-01')
  await team.fill('结束日期', '2026-12-08')
  await team.fill('请假事由', '家中老人住院')
  await team.tap('提交请假')
  await team.sees('待审批')
  scene.back()
  await team.sync()
  await scene.town.sync()
  const listed = (await scene.town.run(['list', '--kind', 'attendance'])) as unknown as { documents?: { doc: string }[] }
  const [month] = (Array.isArray(listed) ? listed : (listed.documents ?? [])) as { doc: string }[]
  expect(month?.doc).toMatch(new RegExp(`^${VILLAGE}\\.t\\d{6}\\.wang$`))
  const held = (await scene.town.run(['get', String(month?.doc)])) as { value: { leaves: Record<string, object> } }
  const [leave] = Object.keys(held.value.leaves)
  const decision = { leave, conclusion: 'refused', reason: '年终考核期间' }
  await scene.town.apply([{ doc: month?.doc, ops: [{ op: 'add', path: ['decisions'], value: decision }] }])
  await scene.town.sync()
  await team.sync()
  await team.at('/work/attendance')
  await team.comes('the decision', team.page.locator('[data-part="leave"]').getByText('不同意', { exact: true }))
  await team.sees('审批意见：年终考核期间')
})

test('an event that nobody may write any more comes back, with the reason in words and what it said', async () => {
  scene.away()
  await committee.at('/work/apply?household=h3')
  await committee.page.getByLabel('救助类别').selectOption('extreme_hardship')
  await committee.fill('委托手续', '本人手印委托')
  await yes(committee, '已签授权核对书')
  await committee.tap('提交申请')
  await committee.sees('待受理')
  await (await Office.open(scene.server)).move('cun', { role: 'village_cadre' })
  scene.back()
  await committee.at('/me/link')
  await committee.tap('现在同步')
  await committee.at('/today')
  await committee.sees(/条被退回，请查看/)
  await committee.at('/returned')
  await committee.sees('本人手印委托')
  await committee.comes('the reason', committee.page.locator('.rc').first())
})

test('nothing went wrong on the way', () => {
  expect(scene.errors).toEqual([])
})
