/** Putting the app on the home screen, where the browser lets a page ask for it. */
import { shallowRef } from 'vue'

interface InstallAsk extends Event {
  prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>
}

/** The browser's offer, kept for a touch of ours. */
export const installOffer = shallowRef<InstallAsk | null>(null)

export function watchInstall(): void {
  window.addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    installOffer.value = event as InstallAsk
  })
  window.addEventListener('appinstalled', () => (installOffer.value = null))
}

/** Asks; an offer can be used once. */
export async function install(): Promise<boolean> {
  const offer = installOffer.value
  if (!offer) return false
  installOffer.value = null
  return (await offer.prompt()).outcome === 'accepted'
}
