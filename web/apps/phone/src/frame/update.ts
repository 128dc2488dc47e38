/**
 * The service worker, and when a new version of the app takes over: never by itself. It waits until nothing is being
 * edited and then is offered; the old version goes on working and syncing for as long as the person likes.
 */
import { computed, shallowRef } from 'vue'
import { editing } from './editing'
import { useDevice } from '../device/state'

const waiting = shallowRef<ServiceWorker | null>(null)

/** A newer version is stored whole and nothing would be interrupted by it. */
export const updateOffered = computed(() => {
  const { updateWaiting } = useDevice()
  return (waiting.value !== null || updateWaiting.value) && !editing.value
})

/** Between two looks for a new version, while the app stays open. */
const LOOK_EVERY_MS = 6 * 3_600_000

interface ScriptPolicy {
  createScriptURL(url: string): string
}

/** Only this one address may become a worker; the page's content policy asks for it to be said so. */
function workerAddress(): string {
  const factory = (
    window as unknown as { trustedTypes?: { createPolicy(name: string, rules: ScriptPolicy): ScriptPolicy } }
  ).trustedTypes
  const rules: ScriptPolicy = { createScriptURL: () => '/sw.js' }
  return factory ? factory.createPolicy('qiao-service-worker', rules).createScriptURL('/sw.js') : '/sw.js'
}

/** Registers the worker; a browser without one works, but needs the network to start. */
export async function startUpdates(): Promise<void> {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  const registration = await navigator.serviceWorker.register(workerAddress(), { updateViaCache: 'none' })
  const offer = (): void => {
    // Without a controller this is the first install, which interrupts nothing.
    if (registration.waiting && navigator.serviceWorker.controller) waiting.value = registration.waiting
  }
  offer()
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', offer)
  })
  setInterval(() => void registration.update().catch(() => undefined), LOOK_EVERY_MS)
}

/** Lets the new version take over and starts it. */
export function takeUpdate(): void {
  if (!waiting.value) {
    location.reload()
    return
  }
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  waiting.value.postMessage('take-over')
}
