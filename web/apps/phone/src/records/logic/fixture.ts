/** A small catalogue and names, for the tests beside this file. */
import type { Catalogue, CatalogueField } from '@qiao/sync-client'

function field(name: string, zh: string, rest: Partial<CatalogueField> = {}): CatalogueField {
  return { name, zh, en: name.replaceAll('_', ' '), type: 'text', max: 40, sensitive: false, may: 'PD', ...rest }
}

function choices(...values: [value: string, zh: string][]): Pick<CatalogueField, 'type' | 'choices'> {
  return { type: 'choice', choices: values.map(([value, zh]) => ({ value, zh, en: value.replaceAll('_', ' ') })) }
}

/** Some fields of each sort, as a member of a work team sees them. */
export const catalogue: Catalogue = {
  reasons: { not_allowed: { zh: '您的身份不能填写这一项。', en: 'Your role may not write this.' } },
  limits: {},
  kinds: {
    village: { zh: '村档', nodes: [] },
    card: { zh: '户卡', nodes: [] },
    application: { zh: '救助申请', nodes: [] },
    case: { zh: '防返贫监测', nodes: [] },
    attendance: { zh: '驻村考勤', nodes: [] },
    notice: { zh: '公示通知', nodes: [] },
    plan: { zh: '一户一策', nodes: [] },
    check: { zh: '核对报告与账户', nodes: [] },
    household: {
      zh: '户档',
      nodes: [
        { node: 'field', ...field('group', '村民小组', { type: 'int', min: 0, max: 999 }) },
        { node: 'field', ...field('householder', '户主姓名') },
        { node: 'field', ...field('phone', '联系电话', { type: 'phone', sensitive: true }) },
        {
          node: 'field',
          ...field('household_type', '户类型', { ...choices(['一般户', '一般户'], ['脱贫户', '脱贫户']), open: true }),
        },
        { node: 'field', ...field('power', '生活用电', { type: 'bool' }) },
        {
          node: 'field',
          ...field('expense_medical_yuan', '医疗支出（元）', { type: 'yuan', min: -1_000_000_000, max: 1_000_000_000 }),
        },
        { node: 'field', ...field('verified_at', '核实日期', { type: 'date', may: '' }) },
        {
          node: 'group',
          name: 'guarantees',
          zh: '三保障及饮水等',
          en: 'guarantees',
          fields: [field('water', '饮水安全有保障', { type: 'bool' }), field('food', '不愁吃', { type: 'bool' })],
        },
        {
          node: 'entries',
          name: 'members',
          zh: '家庭成员',
          en: 'members',
          key: 'tag',
          appendOnly: false,
          may: 'APD',
          fields: [
            field('name', '姓名'),
            field('id_number', '证件号码', { type: 'id_number', sensitive: true }),
            field('sex', '性别', { ...choices(['男', '男'], ['女', '女']), open: true }),
            field('birth_date', '出生日期', { type: 'date', sensitive: true }),
            field('left_on', '减少日期', { type: 'date' }),
            field('left_reason', '减少原因', { max: 80 }),
          ],
        },
        {
          node: 'entries',
          name: 'assistance',
          zh: '帮扶措施',
          en: 'assistance',
          key: 'tag',
          appendOnly: false,
          may: 'AP',
          fields: [
            field('measure', '帮扶措施', { max: 200, may: 'AP' }),
            field('unit', '帮扶单位', { type: 'unit', may: 'AP' }),
          ],
        },
      ],
    },
    journal: {
      zh: '走访记录',
      nodes: [
        {
          node: 'entries',
          name: 'visits',
          zh: '走访',
          en: 'visits',
          key: 'tag',
          appendOnly: true,
          may: 'A',
          fields: [
            field('date', '走访日期', { type: 'date', may: 'A' }),
            field('author', '走访人', { type: 'person', may: 'A' }),
            field('found', '了解到的情况', { max: 2000, may: 'A' }),
          ],
        },
      ],
    },
    need: {
      zh: '诉求',
      nodes: [
        { node: 'field', ...field('title', '标题', { max: 60 }) },
        { node: 'field', ...field('urgency', '紧急程度', choices(['normal', '一般'], ['urgent', '紧急'])) },
        { node: 'field', ...field('unit', '办理单位', { type: 'unit' }) },
      ],
    },
  },
}

/** People and units this device has heard of. */
export const names = { people: { p1: '陈志远', p2: '杨秀英' }, units: { u1: '县水务局', u2: '县医保局' } }
