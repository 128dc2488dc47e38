/** The scene most tests begin with: a county, a township, a village, people, and devices let in. */
import { join } from 'node:path'
import { NativeDevice, QiaoServer } from './server.ts'

export const VILLAGE = 'V1'

/** A server with one village; `people` are of its team unless their name begins with `town`. */
export async function village(folder: string, people: string[], args: string[] = []): Promise<QiaoServer> {
  const server = await QiaoServer.start(folder, args)
  const places = [
    ['C1', 'county', null],
    ['T1', 'township', 'C1'],
    [VILLAGE, 'village', 'T1'],
  ] as const
  for (const [id, level, parent] of places) {
    await server.operate('admin', 'place', 'add', id, '--level', level, '--name', id, ...(parent ? ['--parent', parent] : []))
  }
  for (const person of people) {
    const [role, place] = person.startsWith('town') ? ['township', 'T1'] : ['team', VILLAGE]
    await server.operate('admin', 'person', 'add', '--id', person, '--name', person, '--role', role, '--places', place)
  }
  return server
}

/** The code of an invitation for a person. */
export async function invite(server: QiaoServer, person: string): Promise<string> {
  const [invitation] = await server.operate('admin', 'invite', person, '--json')
  return String(invitation?.['code'])
}

export async function approve(server: QiaoServer, device: string): Promise<void> {
  await server.operate('admin', 'approve', device, '--words-compared')
}

/** A native device of a person, let in and in step. */
export async function nativeDevice(server: QiaoServer, folder: string, person: string): Promise<NativeDevice> {
  const device = new NativeDevice(join(folder, `native-${person}`))
  const code = await invite(server, person)
  const enrolled = await device.run(['enrol', '--server', server.url, '--invite', code])
  await approve(server, String(enrolled['device']))
  await device.sync()
  return device
}

/** Households of a village, each with two members, as edits for a device. */
export function households(count: number, from = 1): object[] {
  const families = ['张', '王', '李', '赵', '陈', '杨', '黄', '周', '吴', '徐', '单', '曾']
  const given = ['伟', '芳', '秀英', '强', '磊', '建国', '桂花', '志明', '玉兰', '德福']
  return Array.from({ length: count }, (_, index) => {
    const no = from + index
    const name = `${families[no % families.length]}${given[no % given.length]}${no}`
    return {
      new: 'household',
      village: VILLAGE,
      id: `h${no}`,
      value: {
        group: (no % 8) + 1,
        number: `${(no % 8) + 1}-${no}`,
        householder: name,
        address: `${(no % 8) + 1}组${no}号`,
        phone: `138${String(no).padStart(8, '0')}`,
        household_type: no % 5 === 0 ? '监测对象' : '一般户',
        register_state: 'active',
        members: [
          { name, relation: '户主', sex: '男', id_number: `52270119700101${String(no).padStart(4, '0')}` },
          { name: `${given[(no + 3) % given.length]}${no}`, relation: '配偶', sex: '女' },
        ],
      },
    }
  })
}

/** A village in use: households with three years of visits, and a need for two of three. About 4.7 documents each. */
export function livedIn(count: number): object[] {
  const edits: object[] = []
  for (const household of households(count) as { id: string }[]) {
    edits.push(household)
    for (const year of [2024, 2025, 2026]) {
      const visits = Array.from({ length: 4 }, (_, index) => ({
        date: `${year}-0${index * 2 + 1}-1${index}`,
        author: 'li',
        purpose: '日常走访',
        presence: '户主在家',
        found: `第${index + 1}次走访：家中情况稳定，老人身体尚可，主要收入为外出务工，今年玉米长势一般。`,
        promised: index === 3 ? '联系合作医疗报销手续' : '',
      }))
      edits.push({ new: 'journal', household: household.id, year, value: { visits } })
    }
    if (Number(household.id.slice(1)) % 3 !== 0) {
      edits.push({
        new: 'need',
        household: household.id,
        value: { title: '饮水管道维修', category: '水利', urgency: 'normal', state: 'open', description: '入户管道冬季冻裂，需要更换约四十米。', raised_on: '2026-02-01' },
      })
    }
  }
  return edits
}
