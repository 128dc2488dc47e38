/** The engine in WASM. Conversion of failures only; the calls are the module's own. */
import init, * as wasm from '../../../wasm-pkg/qiao.js'
import url from '../../../wasm-pkg/qiao_bg.wasm?url'
import type { Catalogue, Edit, Role } from '../api'
import type { Bytes } from '../bytes'
import { fail, isOwn, problem } from '../problem'
import {
  type Engine,
  EngineFailure,
  type EngineModule,
  type FoldedCase,
  type Push,
  type Received,
  type Records,
  type ReplyReader,
} from './port'

/** How often the module has been made anew: what was made before is dead, and freeing it would free something else. */
let generation = 0
let loading: Promise<EngineModule> | null = null

/** Loads it once. */
export function loadEngine(): Promise<EngineModule> {
  loading ??= init({ module_or_path: url }).then(engineModule, () => {
    throw fail('app_incomplete')
  })
  loading.catch(() => (loading = null))
  return loading
}

/** The module once it has been instantiated. */
export function engineModule(): EngineModule {
  return {
    deviceId: (publicKey, nonce) => run(() => wasm.deviceId(publicKey, nonce)),
    enrolProof: (...args) => run(() => wasm.enrolProof(...args) as Bytes),
    checkWords: (...args) => run(() => wasm.checkWords(...args)),
    catalogue: (role: Role | null) => run(() => wasm.catalogue(role ?? undefined) as Catalogue),
    create: (identity) =>
      run(() =>
        guarded(
          wasm.Engine.create(identity.deployment, identity.device, identity.serverPublicKey, identity.appVersion),
        ),
      ),
    open: (records: Records) => run(() => guarded(wasm.Engine.open(records))),
    reader: (sizeBytesMax) => run(() => guardedReader(new wasm.ReplyReader(sizeBytesMax))),
    packRequest: (frames) => run(() => wasm.packRequest(frames) as Bytes),
    packMessage: (frames) => run(() => wasm.packMessage(frames) as Bytes),
    unpackMessage: (message, sizeBytesMax) => run(() => wasm.unpackMessage(message, sizeBytesMax)),
    renew: async () => {
      generation += 1
      wasm.__wbg_reset_state()
    },
    brokenAt: () => {
      try {
        return wasm.panickedAt() ?? null
      } catch {
        return null
      }
    },
  }
}

function guarded(engine: wasm.Engine): Engine {
  const made = generation
  return {
    takeWrites: () => run(() => engine.takeWrites() as [string, Bytes | null][]),
    takeEvents: () => run(() => engine.takeEvents()),
    takeTally: () => run(() => engine.takeTally()),
    status: () => run(() => engine.status() as ReturnType<Engine['status']>),
    standing: (nowMs) => run(() => engine.standing(nowMs)),
    get caughtUp() {
      return run(() => engine.caughtUp)
    },
    bodyPrefix: (doc) => run(() => wasm.Engine.bodyPrefix(doc)),
    supply: (doc, records) => run(() => engine.supply(doc, records)),
    wantsRedo: () => run(() => engine.wantsRedo() ?? null),
    redo: (nowMs, doc, records) => run(() => engine.redo(nowMs, doc, records)),
    document: (doc) => run(() => engine.document(doc) as ReturnType<Engine['document']>),
    caseStanding: (doc, nowMs) => run(() => engine.caseStanding(doc, nowMs) as FoldedCase | null),
    conflicts: (doc) => run(() => engine.conflicts(doc)),
    holds: (doc) => run(() => engine.holds(doc)),
    list: () => run(() => engine.list() as ReturnType<Engine['list']>),
    rows: () => run(() => engine.rows() as ReturnType<Engine['rows']>),
    pending: () => run(() => engine.pending() as ReturnType<Engine['pending']>),
    returned: () => run(() => engine.returned() as ReturnType<Engine['returned']>),
    people: () => run(() => engine.people()),
    edit: (nowMs, edit: Edit) => run(() => engine.edit(nowMs, edit)),
    dismiss: (no) => run(() => engine.dismiss(no)),
    redoReturned: (nowMs, no) => run(() => engine.redoReturned(nowMs, no) ?? null),
    checkReturned: (nowMs, no) => run(() => engine.checkReturned(nowMs, no)),
    get wantsExchange() {
      return run(() => engine.wantsExchange)
    },
    get openQuestions() {
      return run(() => engine.openQuestions)
    },
    beginPush: (nowMs, storageLeftMiB) => run(() => guardedPush(engine.beginPush(nowMs, storageLeftMiB))),
    beginMore: (nowMs) => run(() => guardedPush(engine.beginMore(nowMs))),
    receive: (nowMs, received) => run(() => engine.receive(nowMs, received as wasm.Received)),
    acknowledge: () => run(() => (engine.acknowledge() as Bytes | undefined) ?? null),
    finishExchange: (nowMs) => run(() => engine.finishExchange(nowMs)),
    connectionLost: () => run(() => engine.connectionLost()),
    pushNeverLeft: () => run(() => engine.pushNeverLeft()),
    free: () => {
      if (made === generation) engine.free()
    },
  }
}

function guardedPush(push: wasm.Push): Push {
  return {
    get toSign() {
      return run(() => push.toSign as Bytes[])
    },
    finish: (signatures) => run(() => push.finish(signatures) as Bytes[]),
  }
}

function guardedReader(reader: wasm.ReplyReader): ReplyReader {
  const made = generation
  return {
    push: (piece): Received => run(() => reader.push(piece)),
    get partial() {
      return run(() => reader.partial)
    },
    free: () => {
      if (made === generation) reader.free()
    },
  }
}

/** Calls the module; what it throws becomes an {@link EngineFailure}. */
function run<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw failure(error)
  }
}

function failure(error: unknown): EngineFailure {
  const known = (error as Partial<wasm.EngineError>).problem
  if (error instanceof Error && error.name === 'EngineError' && known) {
    const { kind, code, zh, en, path, retryAfterS, doc } = known
    // A caller's mistake in what a screen passed on is a refusal like any other.
    const texts = zh !== '' ? { zh, en } : problem(isOwn(code) ? code : 'broken')
    return new EngineFailure(
      kind === 'input' ? 'refused' : kind,
      { code, zh: texts.zh, en: texts.en, retryAfterS, path },
      doc ?? null,
    )
  }
  return new EngineFailure('broken', problem('broken'))
}
