/** Every call a screen may make, by name, and what of the host it asks. */
import type { DeskGranted, Edit, LockMethod, PrfKey, UploadLink } from '../api'
import type { AttachmentRef, AttachmentUse } from '../attachments/refs'
import type { Ask } from '../enrol/enrol'
import { fail } from '../problem'
import type { Host } from './host'
import type { Reads } from './reads'

export type AnyCall = (host: Host, call: string, ...args: unknown[]) => unknown

type Args<Name extends keyof Reads> = Reads[Name] extends (...args: infer Given) => unknown ? Given : never

export const CALLS = {
  stage: (host: Host) => host.stage(),
  sync: (host: Host) => host.sync(),
  me: (host: Host) => host.me(),
  catalogue: async (host: Host) => (await host.engineModule()).catalogue(host.me()?.role ?? null),

  enrol: (host: Host, _: string, ask: Ask) => host.inTurn(() => host.enrol(ask)),
  startOver: (host: Host, _: string, { unsent }: { unsent: number }) => host.inTurn(() => host.startOver(unsent)),
  deskRequest: (host: Host, _: string, session: string, model: string) =>
    host.inTurn(() => host.deskRequest(session, model)),
  deskOpened: (host: Host, _: string, session: string, granted: DeskGranted) =>
    host.inTurn(() => host.deskOpened(session, granted)),
  unlock: (host: Host, _: string, secret: string) => host.inTurn(() => host.unlock({ secret })),
  unlockWithPrf: (host: Host, _: string, prf: string) => host.inTurn(() => host.unlock({ prf })),
  addPrf: (host: Host, _: string, key: PrfKey, output: string, current: string) =>
    host.inTurn(() => host.addPrf(key, output, current)),
  lock: (host: Host) => host.inTurn(() => host.lock()),
  setLock: (host: Host, _: string, method: LockMethod, secret: string | null, current: string | null) =>
    host.inTurn(() => host.setLock(method, secret, current)),
  autoLock: (host: Host) => host.opened().autoLockMs,
  setAutoLock: (host: Host, _: string, ms: number) => host.setAutoLock(ms),

  households: (host: Host, _: string, ...args: Args<'households'>) => host.show(() => host.reads.households(...args)),
  needs: (host: Host, _: string, ...args: Args<'needs'>) => host.show(() => host.reads.needs(...args)),
  household: (host: Host, _: string, id: string) => host.show(() => host.reads.household(id)),
  visits: (host: Host, _: string, household: string) => host.show(() => host.reads.visits(household)),
  casework: (host: Host, _: string, ...args: Args<'casework'>) => host.show(() => host.reads.casework(...args)),
  caseStanding: (host: Host, _: string, id: string) => host.show(() => host.reads.caseStanding(id)),
  today: (host: Host) => host.show(() => host.reads.today()),
  doc: (host: Host, _: string, id: string) => host.show(() => host.reads.doc(id)),
  villages: (host: Host) => host.show(() => host.reads.villages()),
  groups: (host: Host, _: string, village: string) => host.show(() => host.reads.groups(village)),
  names: (host: Host) => host.show(() => host.reads.names()),
  conflicts: (host: Host) => host.show(() => host.reads.conflicts()),
  returned: (host: Host) => host.show(() => host.reads.returned()),
  duplicates: (host: Host, _: string, ...args: Args<'duplicates'>) => host.show(() => host.reads.duplicates(...args)),
  seenNews: async (host: Host) => (await host.device()).seenNews(),

  edit: async (host: Host, call: string, edit: Edit) => (await host.edit([edit], call))[0],
  editAll: (host: Host, call: string, edits: Edit[]) => host.edit(edits, call),
  noteSeen: (host: Host, _: string, need: string) => host.show(() => host.noteSeen(need)),
  dismissReturned: async (host: Host, _: string, no: number) => {
    if (!(await (await host.device()).dismiss(no))) throw fail('no_such_returned')
  },
  redoReturned: async (host: Host, call: string, no: number) => {
    if (!(await (await host.device()).redoReturned(no, call))) throw fail('no_such_returned')
    host.edited()
  },
  saveDraft: (host: Host, _: string, key: string, value: unknown) => host.drafts.save(key, value),
  dropDraft: (host: Host, _: string, key: string) => host.drafts.drop(key),
  drafts: (host: Host) => host.drafts.list(),

  attach: async (host: Host, _: string, blob: Blob, use: AttachmentUse) => (await host.attachments()).attach(blob, use),
  dropAttachment: async (host: Host, _: string, ref: AttachmentRef) => (await host.attachments()).drop(ref),
  attachment: (
    host: Host,
    _: string,
    doc: string,
    ref: AttachmentRef,
    part: 'thumb' | 'whole',
    how: { now?: boolean },
  ) => host.show(async () => (await host.attachments()).attachment(doc, ref, part, how)),
  attachmentStates: async (host: Host, _: string, refs: AttachmentRef[]) => (await host.attachments()).states(refs),
  uploads: async (host: Host) => (await host.attachments()).uploads(),
  setUploadLink: async (host: Host, _: string, link: UploadLink) => (await host.attachments()).setLink(link),
  uploadNow: async (host: Host) => (await host.attachments()).permit(),

  syncNow: (host: Host) => host.syncNow(),
  report: (host: Host) => host.support().report(),
  unsentText: async (host: Host) => {
    await host.device()
    return host.support().unsentText()
  },
  fieldCheck: (host: Host, _: string, persisted: boolean) => host.support().fieldCheck(persisted),
}
