/**
 * Everything that can go wrong, as people read it: a stable code, Chinese and English.
 *
 * Owns the codes of the device itself; refusals by the engine and the server keep theirs. No text carries what somebody
 * wrote.
 */
import { ClientError, type Problem } from './api'
import { Fenced, StorageFailed, StorageFull, TooNew } from './store/database'
import { Unreadable } from './store/vault'

const OWN = {
  unreachable: [
    '连接不上服务器。记录已保存在本机，有信号时会自动同步。',
    'The server cannot be reached. Records are kept on this phone and go out once there is a signal.',
  ],
  interrupted: [
    '连接中断。已收到的内容都已保存，会接着进行。',
    'The line broke. What arrived is stored, and the next try goes on from there.',
  ],
  bad_answer: [
    '服务器的回答无法识别。请更新应用，或联系管理员。',
    "The server's answer makes no sense. Update the app or ask the administrator.",
  ],
  server_failed: ['服务器暂时无法处理，稍后会自动再试。', 'The server cannot do this now; it is tried again later.'],
  storage_full: [
    '手机存储空间已满，这一步没有保存。请清理空间后再试。',
    'Storage is full and this step was not saved. Free some space and try again.',
  ],
  storage_failed: [
    '读写手机存储失败，这一步没有保存。请重新打开应用再试。',
    'The phone’s storage failed and this step was not saved. Open the app again and retry.',
  ],
  store_damaged: [
    '本机数据已损坏，无法打开。请联系管理员。',
    'The data on this phone is damaged and cannot be opened. Ask the administrator.',
  ],
  app_too_old: ['本机数据由新版应用保存，请先更新应用。', 'The data was stored by a newer app. Update the app first.'],
  app_incomplete: [
    '应用文件不完整，请在有信号时打开一次；已保存的内容都在。',
    'Part of the app is missing. Open it once where there is a signal; what was saved is still here.',
  ],
  not_enrolled_yet: ['这台手机还没有登记。', 'This phone has not been enrolled.'],
  already_enrolled: ['这台手机已经登记。', 'This phone is enrolled already.'],
  locked: ['已锁定，请先解锁。', 'Locked. Unlock first.'],
  wrong_secret: ['密码不正确。', 'The PIN or passphrase is wrong.'],
  wait: ['错误次数过多，请稍后再试。', 'Too many wrong attempts. Wait before trying again.'],
  weak_secret: [
    '密码太短或太简单：PIN 至少六位数字且不能全部相同，口令至少八个字符。',
    'Too short or too simple: a PIN has at least six digits, not all alike; a passphrase at least eight characters.',
  ],
  silent: [
    '离线时间过长，内容已锁定。请联网同步后再查看；新的记录仍可保存。',
    'Too long without contact: what is held stays hidden until the next sync. New records can still be made.',
  ],
  ended: ['这台手机已被停用。', 'This phone has been ended by its administrator.'],
  wiped: [
    '管理员已停用这台手机，密钥和全部数据已按指令销毁。',
    'This phone was ended by its administrator; its key and all data have been destroyed as ordered.',
  ],
  unsent_changed: ['未发送的数量有变化，请重新确认。', 'The number of unsent records has changed. Confirm again.'],
  attachment_type: [
    '这个文件不能作为附件。请选择照片，或 PDF 文件。',
    'This file cannot be attached. Choose a photo or a PDF file.',
  ],
  attachment_too_large: ['附件过大，最大 5 MB。', 'The attachment is too large; the limit is 5 MB.'],
  attachment_gone: [
    '本机已不再保存这个附件，无法重新上传。请重新拍摄。',
    'This phone no longer holds the attachment and cannot send it again. Take it anew.',
  ],
  no_such_document: ['找不到这条记录。', 'There is no such record.'],
  no_such_returned: ['找不到这条退回记录。', 'There is no such refused edit.'],
  identity_mismatch: [
    '服务器返回的设备身份与本机密钥不符，已中止登记。请检查网络。',
    'The server named another identity than this phone’s key: enrolment stopped. Check the network.',
  ],
  enrol_refused: [
    '服务器没有接受登记请求。请核对邀请码，或联系管理员。',
    'The server did not take the request. Check the invitation or ask the administrator.',
  ],
  code_unknown: [
    '邀请码不正确或已失效。请核对，或请管理员重新邀请。',
    'The invitation code is wrong or no longer holds. Check it or ask for a new one.',
  ],
  code_used: ['邀请码已被使用。请管理员重新邀请。', 'The invitation has been used. Ask for a new one.'],
  code_expired: ['邀请码已过期。请管理员重新邀请。', 'The invitation has expired. Ask for a new one.'],
  too_many_requests: ['尝试过于频繁，请稍后再试。', 'Too many tries. Wait before trying again.'],
  too_many_pending: ['等待审批的设备过多，请稍后再试。', 'Too many phones are waiting to be let in. Try again later.'],
  unsupported_browser: [
    '这个浏览器缺少必要的功能。请用系统浏览器或更新版本打开。',
    'This browser lacks something that is needed. Open the app in the phone’s own browser, or update it.',
  ],
  taken_over: ['应用已在另一个窗口中打开。', 'The app is in use in another window.'],
  broken: [
    '应用内部出错，已重新打开；上一步可能没有保存，请查看后再试。',
    'Something failed inside the app and it has been reopened; look whether the last step was saved.',
  ],
} satisfies Record<string, [string, string]>

export type OwnCode = keyof typeof OWN

/** One of the device's own. */
export function problem(code: OwnCode, retryAfterS = 0): Problem {
  const [zh, en] = OWN[code]
  return { code, zh, en, retryAfterS }
}

export function fail(code: OwnCode, retryAfterS = 0): ClientError {
  return new ClientError(problem(code, retryAfterS))
}

export function isOwn(code: string): code is OwnCode {
  return Object.hasOwn(OWN, code)
}

/** Anything thrown, as a problem. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ClientError) return error.problem
  if (error instanceof StorageFull) return problem('storage_full')
  if (error instanceof StorageFailed) return problem('storage_failed')
  if (error instanceof TooNew) return problem('app_too_old')
  if (error instanceof Fenced) return problem('taken_over')
  if (error instanceof Unreadable) return problem('store_damaged')
  return problem('broken')
}

/** Codes of problems that waiting may solve: the line or the server. */
const PASSING = new Set([
  'unreachable',
  'interrupted',
  'server_failed',
  'server_busy',
  'rate_limited',
  'too_many_requests',
  'too_many_pending',
])

export function isPassing(problem: Problem): boolean {
  return PASSING.has(problem.code)
}

/** Whether the server could not be reached, which is ordinary. */
export function isOffline(problem: Problem): boolean {
  return problem.code === 'unreachable' || problem.code === 'interrupted'
}

/** Texts of a refusal by its code, where this device knows them. */
export type Reasons = Record<string, { zh: string; en: string }>

/** What a reply without success says, in our own words where the code is known. */
export function problemOfReply(status: number, body: unknown, retryAfterS: number, reasons: Reasons): Problem {
  const answer = (typeof body === 'object' && body !== null ? body : {}) as { code?: unknown; title?: unknown }
  const code = typeof answer.code === 'string' ? answer.code : ''
  if (isOwn(code)) return { ...problem(code), retryAfterS }
  const reason = reasons[code]
  if (reason) return { code, ...reason, retryAfterS }
  if (status === 429) return { ...problem('too_many_requests'), retryAfterS }
  if (status === 408 || status === 425 || status >= 500) return { ...problem('server_failed'), retryAfterS }
  if (status >= 400 && code !== '') return { ...problem('enrol_refused'), retryAfterS }
  return problem('bad_answer')
}
