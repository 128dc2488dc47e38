/** Every page of casework on the phone, in both languages and at twice the text: nothing axe objects to, nothing too wide. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshFolder } from '../harness/paths.ts'
import { nativeDevice, VILLAGE } from '../harness/scene.ts'
import type { App } from '../phone/app.ts'
import { DRESSES, dress, faultsOf, type Look } from '../phone/look.ts'
import { Village } from './village.ts'

const folder = freshFolder()
let scene: Village
let app: App
const docs: Record<string, string> = {}

const SCREENS = [
  ['today', '.today-work'],
  ['work', '.wr'],
  ['work/apply', '.hx'],
  ['work/apply?household=h3', '.fi'],
  ['work/lead?household=h2', '.chips'],
  ['work/plans/new?household=h2', '.fi'],
  ['work/APPLICATION', '.q-course-step'],
  ['work/APPLICATION/notice_posted', '.fi'],
  ['work/CASE', '.q-course-step'],
  ['work/CASE/commitment', '.fi'],
  ['work/plans/PLAN', '[data-part="measure"]'],
  ['work/plans/PLAN/results', '.fi'],
  ['work/notices/NOTICE', '.cw-head'],
  ['work/attendance', '.at-grid'],
  ['households/h1', '#work .wr'],
] as const

beforeAll(async () => {
  scene = await Village.open(folder.path)
  const committee = await nativeDevice(scene.server, folder.path, 'cun')
  const submit = { event: 'submit', role: 'committee', procedure: 'minimum_living', applicant: '王芳1', authorised: true, by_proxy: true, mandate: '本人手印委托' }
  await committee.apply([
    { new: 'application', household: 'h1', value: { procedure: 'minimum_living', applicant: '王芳1', title: '户主患病，无劳动力', events: [submit] } },
    { new: 'case', household: 'h2', value: { events: [{ event: 'lead', role: 'committee', source: '干部排查', risk: '因病' }] } },
    {
      new: 'plan',
      household: 'h2',
      value: { title: '2026年帮扶计划', measures: { abcde90: { measure: '健康帮扶', text: '申请大病救助', started_on: '2026-11-01' } }, results: { abcde91: { measure: 'abcde90', state: 'in_progress', on: '2026-11-10', text: '材料已交' } } },
    },
  ])
  await committee.sync()
  await scene.town.sync()
  for (const kind of ['application', 'case', 'plan']) docs[kind.toUpperCase()] = await one(kind)
  const doc = docs['APPLICATION'] ?? ''
  await scene.clerk(
    doc,
    { event: 'material_list', items: '户口簿复印件；诊断证明' },
    { event: 'material_supplied', text: '户口簿复印件' },
    { event: 'accept' },
    { event: 'accept' },
    { event: 'check_request' },
    { event: 'check_result', conclusion: 'passed' },
  )
  const issue = { category: '低保公示', about: doc, text: '王芳等3人，拟纳入最低生活保障。', posted_from: '2026-11-20', posted_until: '2036-11-27', contact: '乡民政办 0854-1234567' }
  await scene.town.apply([{ new: 'notice', village: VILLAGE, value: { sort: 'public', title: '最低生活保障公示', issues: [issue] } }])
  await scene.town.sync()
  docs['NOTICE'] = await one('notice')
  await committee.sync()
  const home = { event: 'home_check', role: 'committee', on: '2026-11-20', text: '住院费用三万元，收入中断' }
  await committee.apply([{ doc: docs['CASE'], ops: [{ op: 'add', path: ['events'], value: home }] }])
  await committee.sync()
  app = await scene.phone('wang')
  await app.at('/work/attendance')
  await app.tap('今天：在村')
  await app.sees(/在岗 1 天/)
})

afterAll(async () => {
  await scene?.close()
  folder.remove()
})

async function one(kind: string): Promise<string> {
  const listed = (await scene.town.run(['list', '--kind', kind])) as unknown as { doc: string }[] | { documents: { doc: string }[] }
  return (Array.isArray(listed) ? listed : listed.documents)[0]?.doc ?? ''
}

test.each(DRESSES)(
  'in %s at %s %% text',
  async (language, size) => {
    await dress(app, language, size)
    const found: Record<string, Look> = {}
    for (const [path, ready] of SCREENS) {
      await app.at(`/${path.replace(/[A-Z]{4,}/, (name) => docs[name] ?? name)}`)
      await app.comes(path, app.page.locator(ready).first())
      if (process.env['QIAO_SHOTS']) await app.page.screenshot({ path: `${process.env['QIAO_SHOTS']}/${language}-${size}-${path.replace(/\W/g, '_')}.png`, fullPage: true })
      const faults = await faultsOf(app)
      if (faults) found[path] = faults
    }
    expect(found).toEqual({})
  },
  300_000,
)

test('nothing went wrong on the way', () => {
  expect(scene.errors).toEqual([])
})
