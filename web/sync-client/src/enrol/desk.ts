/**
 * How a browser at a desk is let in: by the sign-in of the person in front of it.
 *
 * The page sends the request, because the sign-in is the page's; key and proof are made here. The proof names the
 * sign-in, so that it lets the key into no other.
 */
import type { DeskGranted, DeskRequest } from '../api'
import { fromBase64Url, toBase64Url } from '../bytes'
import type { EngineModule, Identity } from '../engine/port'
import type { DeviceKey } from '../key/device'
import { fail } from '../problem'
import { type EnrolmentRecord, modelOf } from './enrol'

/** What the page is to send for a sign-in. */
export async function deskRequest(
  session: string,
  called: string,
  key: DeviceKey,
  parts: { module: EngineModule; appVersion: string },
): Promise<DeskRequest> {
  const { module, appVersion } = parts
  const model = modelOf(called)
  const proof = await key.sign(module.enrolProof(`desk:${session}`, key.publicKey, key.nonce, model, appVersion))
  return {
    public_key: toBase64Url(key.publicKey),
    nonce: toBase64Url(key.nonce),
    device: { model, app_version: appVersion },
    proof: toBase64Url(proof),
  }
}

/** What is kept of an answer, once it is known to be about this key. */
export function deskOpened(
  session: string,
  granted: DeskGranted,
  key: DeviceKey,
  parts: { module: EngineModule; appVersion: string; nowMs: number },
): { identity: Identity; record: EnrolmentRecord } {
  const device = parts.module.deviceId(key.publicKey, key.nonce)
  if (granted.device_id !== device) throw fail('identity_mismatch')
  const serverPublicKey = fromBase64Url(granted.server_public_key)
  if (!serverPublicKey || serverPublicKey.length === 0) throw fail('bad_answer')
  return {
    identity: { deployment: granted.deployment_id, device, serverPublicKey, appVersion: parts.appVersion },
    record: {
      deploymentName: '',
      invitationId: '',
      serverPublicKey: granted.server_public_key,
      askedAtMs: parts.nowMs,
      invited: false,
      session,
    },
  }
}
