/** A file is written field by field on the phone, and every field of it is what another device then reads. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Front } from '../harness/front.ts'
import { freshFolder } from '../harness/paths.ts'
import { households, nativeDevice, village } from '../harness/scene.ts'
import type { NativeDevice, QiaoServer } from '../harness/server.ts'
import { App } from './app.ts'
import { APP_HEADERS, buildApp } from './build.ts'

const folder = freshFolder()
let server: QiaoServer
let front: Front
let colleague: NativeDevice
let app: App

const HOUSEHOLD = 'h3'
const year = new Date().getFullYear()

beforeAll(async () => {
  server = await village(folder.path, ['wang', 'li'])
  front = await Front.start(await buildApp(), () => server.port, APP_HEADERS)
  colleague = await nativeDevice(server, folder.path, 'li')
  await colleague.apply(households(12))
  await colleague.sync()
  app = await App.open(join(folder.path, 'profile'), front.url)
  await app.enrol(server, 'wang')
})

afterAll(async () => {
  await app?.close()
  await front?.stop()
  await server?.stop()
  folder.remove()
})

type Value = Record<string, unknown> & { members: Record<string, Record<string, unknown>> }

async function arrived(doc: string): Promise<Value> {
  await app.sync()
  await colleague.sync()
  return ((await colleague.run(['get', doc])) as { value: Value }).value
}

test('only what was changed is written: a field that somebody else wrote meanwhile keeps their value', async () => {
  await app.at(`/households/${HOUSEHOLD}/edit`)
  await app.fill('医疗支出', '1.2万')
  await app.page.getByLabel('户类型').selectOption('脱贫户')
  await colleague.apply([
    {
      doc: HOUSEHOLD,
      ops: [
        { op: 'set', path: ['address'], value: '三组新屋' },
        { op: 'set', path: ['expense_medical_yuan'], value: 800 },
      ],
    },
  ])
  await colleague.sync()
  await expect.poll(() => app.page.getByLabel('家庭住址').inputValue(), { timeout: 20_000 }).toBe('三组新屋')
  expect(await app.page.getByLabel('医疗支出').inputValue()).toBe('1.2万')
  await app.sees('别人已改为：800 元')
  await app.save('保存 2 项修改')
  const value = await arrived(HOUSEHOLD)
  expect(value).toMatchObject({ address: '三组新屋', expense_medical_yuan: 12_000, household_type: '脱贫户' })
})

test('what cannot be written is said beside its field, and nothing is saved', async () => {
  await app.at(`/households/${HOUSEHOLD}/edit`)
  await app.fill('联系电话', '没有电话')
  await app.tap('保存 1 项修改')
  await app.sees('电话只能有数字、空格和横线')
  await app.fill('联系电话', '')
  await app.fill('户主姓名', '')
  await app.tap('保存 2 项修改')
  await app.sees('请填写这一项')
  await app.back()
  await app.tap(/继续修改/)
  await app.tap('不要了')
  await app.save()
  expect((await arrived(HOUSEHOLD))['householder']).toBe('赵强3')
})

test('a number that checks fills in birth date and sex, and warns of the same number elsewhere', async () => {
  await app.at(`/households/${HOUSEHOLD}/members/new`)
  await app.fill(/^姓名/, '赵小花')
  await app.fill('证件号码', '522701197001010004')
  await app.sees(/证件号与 .* 户的 .* 相同/)
  await app.fill('证件号码', '110105194912310021')
  await app.sees('校验码不符')
  await app.fill('证件号码', '11010519491231002x')
  await expect.poll(() => app.page.getByLabel('出生日期').inputValue()).toBe('1949-12-31')
  await app.page.getByLabel('与户主关系').selectOption('女')
  await app.save()
  const { members } = await arrived(HOUSEHOLD)
  expect(Object.values(members).find(({ name }) => name === '赵小花')).toMatchObject({
    id_number: '11010519491231002X',
    birth_date: '1949-12-31',
    sex: '女',
    relation: '女',
    living_together: true,
  })
})

test('who leaves stays in the file with the day and the reason', async () => {
  await app.at(`/households/${HOUSEHOLD}`)
  await app.tap(/^赵小花/)
  await app.tap('修改成员')
  await app.tap('已离开本户')
  await app.tap('婚嫁')
  await app.tap('确认减少')
  await app.sees('查看已减少的 1 人')
  const { members } = await arrived(HOUSEHOLD)
  expect(Object.values(members).find(({ name }) => name === '赵小花')).toMatchObject({ left_reason: '婚嫁', left_on: expect.stringMatching(/^\d{4}-/) })
})

test('a year of income, a guarantee and a measure are written where they belong', async () => {
  await app.at(`/households/${HOUSEHOLD}/income/${year}`)
  await app.fill('工资性收入', '30,000')
  await app.fill('扣减支出', '5000')
  await app.sees('2.5 万元')
  await app.save('保存 2 项修改')
  await app.at(`/households/${HOUSEHOLD}/guarantees`)
  await app.page.getByRole('radiogroup', { name: '饮水安全有保障' }).getByRole('radio', { name: '否' }).check({ force: true })
  await app.save('保存 2 项修改')
  await app.at(`/households/${HOUSEHOLD}/assistance/new`)
  await app.fill('帮扶措施', '发放鸡苗三十只')
  await app.save()
  const value = await arrived(HOUSEHOLD)
  expect(value).toMatchObject({
    income: { [year]: { wage_yuan: 30_000, deductions_yuan: 5_000 } },
    guarantees: { water: false, checked_on: expect.stringMatching(/^\d{4}-/) },
  })
  expect(Object.values(value['assistance'] as object)).toEqual([expect.objectContaining({ measure: '发放鸡苗三十只', cadre: 'wang' })])
})

test('a household that is new is made with its householder, after a warning about a namesake in the group', async () => {
  await app.at('/households')
  await app.tap('新增农户')
  await app.fill(/^姓名/, '赵强3')
  await app.fill('村民小组', '4')
  await app.sees('4组已有同名户主 赵强3')
  await app.fill(/^姓名/, '钱大有')
  await app.seesNo('4组已有同名户主')
  await app.save()
  const id = decodeURIComponent(new URL(app.page.url()).pathname.split('/').at(-1) ?? '')
  const value = await arrived(id)
  expect(value).toMatchObject({ householder: '钱大有', group: 4, village: 'V1' })
  expect(Object.values(value.members)).toEqual([expect.objectContaining({ name: '钱大有', relation: '户主' })])
})

test('a visit is corrected by another that names it, and both are shown as one', async () => {
  await app.at(`/visit/new?household=${HOUSEHOLD}`)
  await app.fill('了解到的情况', '养了三头牛。')
  await app.tap('保存走访')
  await app.tap('查看户档')
  await app.tap('更正')
  await expect.poll(() => app.page.getByLabel('了解到的情况').inputValue()).toBe('养了三头牛。')
  await app.fill('了解到的情况', '养了三头猪，不是牛。')
  await app.tap('保存走访')
  await app.tap('查看户档')
  await app.sees('养了三头猪，不是牛。')
  expect(await app.page.getByText('养了三头牛。').count()).toBe(0)
  await app.tap('已更正，看原文')
  await app.sees('养了三头牛。')
  const { visits } = (await arrived(`${HOUSEHOLD}.j${year}`)) as unknown as { visits: Record<string, Record<string, unknown>> }
  const [[key], correction] = [Object.entries(visits).find(([, visit]) => visit['corrects'] === undefined) ?? [''], Object.values(visits).find((visit) => visit['corrects'])]
  expect(correction).toMatchObject({ corrects: key, found: '养了三头猪，不是牛。' })
})

test('the list is found again where it was left', async () => {
  await app.at('/households')
  await app.page.getByRole('listitem').first().waitFor()
  await app.tap('监测对象')
  await app.sees('共 2 户')
  await app.page.getByRole('link').filter({ hasText: '陈' }).or(app.page.locator('.hr')).first().click()
  await app.page.locator('.hc').waitFor()
  await app.back()
  await app.sees('共 2 户')
})

test('nothing went wrong on the way', () => {
  expect(app.errors).toEqual([])
})
