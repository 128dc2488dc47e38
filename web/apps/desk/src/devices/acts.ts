/** What may be decided about a device, from which state, and how the server is asked. */
import { ask, type Schemas } from '@qiao/api-client'
import { api } from '../session/session'

export interface Act {
  name: 'extend' | 'rotate' | 'replace' | 'suspend' | 'resume' | 'lost' | 'revoke'
  /** States it is possible in; the server decides again. */
  from: Schemas['Status'][]
  /** Whether a reason is asked for. */
  reason: boolean
  danger: boolean
  /** Not for browsers at desks, which live by their session. */
  notDesk: boolean
  run(id: string, reason: string): Promise<Schemas['Created'] | undefined>
}

const params = (id: string) => ({ path: { device_id: id } })

export const ACTS: Act[] = [
  {
    name: 'extend',
    from: ['active', 'suspended'],
    reason: false,
    danger: false,
    notDesk: true,
    run: async (id) =>
      void (await ask(api.POST('/api/v1/devices/{device_id}/extend', { params: params(id), body: {} }))),
  },
  {
    name: 'replace',
    from: ['active', 'suspended', 'lost'],
    reason: false,
    danger: false,
    notDesk: true,
    run: async (id) => ask(api.POST('/api/v1/devices/{device_id}/replace', { params: params(id) })),
  },
  {
    name: 'rotate',
    from: ['active'],
    reason: false,
    danger: false,
    notDesk: true,
    run: async (id) => void (await ask(api.POST('/api/v1/devices/{device_id}/rotate', { params: params(id) }))),
  },
  {
    name: 'suspend',
    from: ['active'],
    reason: true,
    danger: false,
    notDesk: false,
    run: async (id, reason) =>
      void (await ask(api.POST('/api/v1/devices/{device_id}/suspend', { params: params(id), body: { reason } }))),
  },
  {
    name: 'resume',
    from: ['suspended'],
    reason: false,
    danger: false,
    notDesk: false,
    run: async (id) => void (await ask(api.POST('/api/v1/devices/{device_id}/resume', { params: params(id) }))),
  },
  {
    name: 'lost',
    from: ['active', 'suspended'],
    reason: true,
    danger: true,
    notDesk: true,
    run: async (id, reason) =>
      void (await ask(api.POST('/api/v1/devices/{device_id}/lost', { params: params(id), body: { reason } }))),
  },
  {
    name: 'revoke',
    from: ['active', 'suspended', 'lost'],
    reason: true,
    danger: true,
    notDesk: false,
    run: async (id, reason) =>
      void (await ask(api.POST('/api/v1/devices/{device_id}/revoke', { params: params(id), body: { reason } }))),
  },
]
