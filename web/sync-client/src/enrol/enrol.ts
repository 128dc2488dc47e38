/**
 * How a device asks to be let in: a key, a request that proves it, six words to compare.
 *
 * The key is stored before anything is sent, so that a request that was cut off is repeated with the same key and gets
 * the same answer. The check words are derived here and not taken from the answer.
 */
import type { Enrolment } from '../api'
import { type Bytes, fromBase64Url, toBase64Url } from '../bytes'
import type { EngineModule, Identity } from '../engine/port'
import type { DeviceKey } from '../key/device'
import type { Server } from '../link/http'
import { fail } from '../problem'

export type Ask =
  { code: string; model: string } | { walkUp: { name: string; place: string; note: string }; model: string }

/** What is kept of it. */
export interface EnrolmentRecord {
  deploymentName: string
  invitationId: string
  /** Base64url. */
  serverPublicKey: string
  askedAtMs: number
  invited: boolean
  /** Denied: what the administrator wrote, once it has been asked for. */
  deniedBecause?: string
  /** At a desk: the sign-in this device lives by. */
  session?: string
}

/** Longest name of a phone that is sent. */
const MODEL_CHARS_MAX = 80

export async function enrol(
  ask: Ask,
  key: DeviceKey,
  parts: { server: Server; module: EngineModule; appVersion: string; nowMs: number },
): Promise<{ identity: Identity; record: EnrolmentRecord }> {
  const code = 'code' in ask ? codeOf(ask.code) : null
  const model = modelOf(ask.model)
  const proof = await key.sign(parts.module.enrolProof(code ?? '', key.publicKey, key.nonce, model, parts.appVersion))
  const request = {
    ...(code === null ? {} : { invite_code: code }),
    ...('walkUp' in ask ? { walk_up: ask.walkUp } : {}),
    public_key: toBase64Url(key.publicKey),
    nonce: toBase64Url(key.nonce),
    device: { model, app_version: parts.appVersion },
    proof: toBase64Url(proof),
  }
  const answer = (await parts.server.ask('enrol/v1/requests', request)) as Record<string, unknown>
  const text = (name: string): string => {
    const value = answer[name]
    if (typeof value !== 'string') throw fail('bad_answer')
    return value
  }
  const device = parts.module.deviceId(key.publicKey, key.nonce)
  if (text('device_id') !== device) throw fail('identity_mismatch')
  const serverPublicKey = fromBase64Url(text('server_public_key'))
  if (!serverPublicKey || serverPublicKey.length === 0) throw fail('bad_answer')
  return {
    identity: { deployment: text('deployment_id'), device, serverPublicKey, appVersion: parts.appVersion },
    record: {
      deploymentName: text('deployment_name'),
      invitationId: text('invitation_id'),
      serverPublicKey: text('server_public_key'),
      askedAtMs: parts.nowMs,
      invited: code !== null,
    },
  }
}

/** What the administrator wrote who denied this device; empty for nothing. */
export async function deniedBecause(
  key: DeviceKey,
  parts: { server: Server; module: EngineModule; appVersion: string },
): Promise<string> {
  const model = modelOf('')
  const proof = await key.sign(parts.module.enrolProof('', key.publicKey, key.nonce, model, parts.appVersion))
  const answer = (await parts.server.ask('enrol/v1/requests', {
    public_key: toBase64Url(key.publicKey),
    nonce: toBase64Url(key.nonce),
    device: { model, app_version: parts.appVersion },
    proof: toBase64Url(proof),
  })) as Record<string, unknown>
  return typeof answer['denied_because'] === 'string' ? answer['denied_because'] : ''
}

/** What a device calls itself, short enough to be sent. */
export function modelOf(called: string): string {
  return [...called.trim()].slice(0, MODEL_CHARS_MAX).join('') || 'phone'
}

/** As a screen shows it. */
export function shown(record: EnrolmentRecord, publicKey: Bytes, module: EngineModule): Enrolment {
  const server = fromBase64Url(record.serverPublicKey) ?? new Uint8Array(0)
  return {
    deployment: record.deploymentName,
    words: module.checkWords(publicKey, record.invitationId, server),
    askedAtMs: record.askedAtMs,
    invited: record.invited,
  }
}

/** The code out of what was scanned or typed: a link `…/enrol#CODE`, or the code itself. */
export function codeOf(text: string): string {
  const trimmed = text.trim()
  const hash = trimmed.indexOf('#')
  const code = hash >= 0 ? trimmed.slice(hash + 1) : trimmed
  return decodeURIComponent(code).trim().toUpperCase()
}
