/**
 * A notice for the wall, made from a list of what may be shown and from nothing else.
 *
 * Identity numbers, telephones, accounts and health have no place to go in here: what is not a field of `NoticeFacts`
 * cannot be printed. The one line an office words itself, where to object, is looked through for numbers of persons.
 * What hangs on the wall is Chinese whatever language the desk is used in.
 */
import { addDays, type DateText } from './days'

/** Everything a notice may say. */
export interface NoticeFacts {
  /** Name of the procedure. */
  assistance: string
  householder: string
  village: string
  /** Those living together who are covered, where known. */
  membersCount: number | null
  /** Only of what has been approved. */
  amountYuan: number | null
  /** What is proposed. */
  proposal: Proposal
  from: DateText
  until: DateText
  /** Where to object. */
  contact: string
  /** Who gives the notice. */
  office: string
}

export type Proposal = 'include' | 'monitor' | 'clear' | 'approved'

/** A notice as it hangs. */
export interface Notice {
  title: string
  paragraphs: string[]
  rows: { label: string; text: string }[]
  signed: string[]
}

const PROPOSED: Record<Proposal, string> = {
  include: '经入户调查、信息核对和初步审核，拟将下列家庭纳入',
  monitor: '经入户核实、数据比对和民主评议，拟将下列家庭纳入',
  clear: '经入户核查和民主评议，拟认定下列家庭风险已消除，涉及',
  approved: '经审核确认，现将下列家庭的救助情况予以公布：',
}

const TITLE: Record<Proposal, string> = {
  include: '拟救助对象公示',
  monitor: '拟纳入监测对象公示',
  clear: '拟消除风险对象公示',
  approved: '救助对象公布',
}

/** Category of the document a notice is kept in, by procedure. */
export function categoryOf(procedure: string): string {
  if (procedure === 'minimum_living') return '低保公示'
  if (procedure === 'extreme_hardship') return '特困公示'
  if (procedure === 'monitoring') return '监测对象公示'
  return procedure.startsWith('temporary') ? '临时救助公示' : '其他'
}

export function makeNotice(facts: NoticeFacts): Notice {
  const days = `自${inChinese(facts.from)}至${inChinese(facts.until)}`
  const rows = [
    { label: '户主姓名', text: facts.householder },
    { label: '所在村', text: facts.village },
    { label: '救助帮扶类别', text: facts.assistance },
  ]
  if (facts.membersCount !== null) rows.push({ label: '共同生活人数', text: `${facts.membersCount}人` })
  if (facts.proposal === 'approved' && facts.amountYuan !== null)
    rows.push({ label: '金额', text: `${facts.amountYuan.toLocaleString('zh-CN')}元` })
  return {
    title: `${facts.assistance}${TITLE[facts.proposal]}`,
    paragraphs: [
      facts.proposal === 'approved' ? PROPOSED.approved : `${PROPOSED[facts.proposal]}${facts.assistance}，现予公示。`,
      `公示期${days}。公示期内如有异议，请按上列方式反映，我们将对反映人信息保密。`,
    ],
    rows: [...rows, { label: '意见反映方式', text: facts.contact }],
    signed: [facts.office, inChinese(facts.from)],
  }
}

/** The text that is kept: what hangs, line by line. */
export function textOf(notice: Notice): string {
  const [first = '', ...rest] = notice.paragraphs
  return [
    notice.title,
    first,
    ...notice.rows.map(({ label, text }) => `${label}：${text}`),
    ...rest,
    ...notice.signed,
  ].join('\n')
}

/** A kept text in the form it hangs in. */
export function noticeOf(text: string): Notice {
  const [title = '', ...lines] = text.split('\n')
  const rows: Notice['rows'] = []
  const others: string[] = []
  for (const line of lines) {
    const [, label = '', said = ''] = /^([^：，。]{2,8})：(.+)$/.exec(line) ?? []
    if (label) rows.push({ label, text: said })
    else others.push(line)
  }
  return { title, paragraphs: others.slice(0, -2), rows, signed: others.slice(-2) }
}

/** Numbers that belong to a person: of identity cards, of accounts, of mobile telephones. */
const OF_PERSONS = [/\d{17}[\dXx]/, /\d{15,}/, /(?:\d[ -]?){15,}/, /(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)/]

/** Whether a text holds a number that no notice may show. */
export function tellsNumbers(text: string): boolean {
  return OF_PERSONS.some((number) => number.test(text))
}

/** The last day of a notice that begins on `from`: the day it begins is not counted. */
export function lastDay(from: DateText, days: number): DateText {
  return addDays(from, days)
}

function inChinese(day: DateText): string {
  const [year = '', month = '', date = ''] = day.split('-')
  return `${year}年${Number(month)}月${Number(date)}日`
}
