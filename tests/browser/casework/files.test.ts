/** Photos and signatures of casework: taken without signal, sent after the text on the link the user allows, seen by others. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshFolder, ROOT } from '../harness/paths.ts'
import type { App } from '../phone/app.ts'
import { caseOf, Village } from './village.ts'

/** Any picture of a size a camera makes. */
const PHOTO = join(ROOT, 'web/docs/phone-today.png')
const folder = freshFolder()
let scene: Village
let committee: App
let team: App
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

/** Draws a name into the field for it. */
async function sign(app: App): Promise<void> {
  const field = app.page.locator('.q-sign canvas')
  await field.scrollIntoViewIfNeeded()
  const box = await field.boundingBox()
  if (!box) throw new Error('no field to sign in')
  await app.page.mouse.move(box.x + 20, box.y + 20)
  await app.page.mouse.down()
  for (const [x, y] of [
    [60, 50],
    [100, 20],
    [140, 60],
    [180, 25],
  ] as const)
    await app.page.mouse.move(box.x + x, box.y + y, { steps: 4 })
  await app.page.mouse.up()
  await app.tap('完成签字')
}
const uploads = (app: App) => app.page.getByRole('group', { name: '照片和签名的上传' })

test('the phone asks before it sends files, and keeps to it', async () => {
  await committee.at('/me/link')
  await uploads(committee).getByText('由我决定').click()
  await uploads(committee).getByText('点“现在上传”才上传').waitFor()
  await committee.killAndReopen('/me/link')
  await uploads(committee).getByText('点“现在上传”才上传').waitFor()
})

test('a signature and a photo taken without signal survive a killed browser and wait until their owner says', async () => {
  scene.away()
  await committee.at('/work/apply?household=h2')
  await committee.page.getByLabel('救助类别').selectOption('minimum_living')
  await committee.fill('委托手续', '本人手印委托')
  await sign(committee)
  await committee.page.locator('.q-picker input[type=file]').setInputFiles(PHOTO)
  await committee.comes('the small picture', committee.page.locator('.q-picker .q-file img'))
  await committee.tap('提交申请')
  await committee.sees('待受理')
  await committee.page.waitForURL(/\/work\/h2\./)
  doc = caseOf(committee)
  await committee.killAndReopen(`/work/${doc}`)
  await committee.comes('both files', committee.page.locator('.q-file img').nth(1))
  await committee.sees('在本机，待上传')

  scene.back()
  await committee.sync()
  // The text is there, the files are not.
  expect((await scene.standing(doc)).state).toBe('submitted')
  await committee.at('/me/link')
  await uploads(committee).getByText(/\d 个文件，.* · 等您选的网络/).waitFor()
  await team.sync()
  await team.at(`/work/${doc}`)
  await team.sees('拍摄的手机尚未上传')
})

test('told to, it sends them, and another phone shows them', async () => {
  await uploads(committee).getByRole('button', { name: '现在上传' }).click()
  await uploads(committee).getByText(/个文件/).waitFor({ state: 'detached' })
  await committee.at(`/work/${doc}`)
  await committee.seesNo('在本机，待上传')
  // On the page that has been open all the while.
  await team.comes('both files', team.page.locator('.q-file img').nth(1))
})

test('nothing went wrong on the way', () => {
  expect(scene.errors).toEqual([])
})
