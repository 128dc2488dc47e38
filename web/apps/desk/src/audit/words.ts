/** An entry of the audit log in words. */
import type { Schemas } from '@qiao/api-client'

export type Entry = Schemas['Entry']

/** Every action the server writes down, for filters and texts; `audit.actions` has the words. */
export const ACTIONS = [
  'session.login',
  'session.refused',
  'session.step_up',
  'passkey.create',
  'passkey.delete',
  'account.create',
  'account.reset',
  'account.password',
  'account.delete',
  'account.link',
  'account.unlink',
  'desk.open',
  'person.create',
  'person.update',
  'place.create',
  'place.update',
  'unit.create',
  'unit.update',
  'pairing.create',
  'pairing.delete',
  'invitation.create',
  'invitation.revoke',
  'device.request',
  'device.approve',
  'device.deny',
  'device.rename',
  'device.extend',
  'device.rotate',
  'device.suspend',
  'device.resume',
  'device.revoke',
  'device.lost',
  'quarantine.read',
  'quarantine.release',
  'quarantine.discard',
] as const

type T = (key: string, named: Record<string, unknown>) => string

/** What was done; an action of a newer server is shown by its code. */
export function actionWords(entry: Pick<Entry, 'action'>, t: T): string {
  return (ACTIONS as readonly string[]).includes(entry.action)
    ? t(`audit.actions.${entry.action.replace('.', '_')}`, {})
    : entry.action
}

/** Codes and ids that say more, in a line. */
export function detailWords(detail: unknown): string {
  if (typeof detail !== 'object' || detail === null) return ''
  return Object.entries(detail)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(' ')
}
