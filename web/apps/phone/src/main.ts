/** The phone app: connects to the device behind the worker, then shows the face its stage asks for. */
import '@qiao/ui/tokens.css'
import '@qiao/ui/base.css'
import './styles/form.css'
import { createApp } from 'vue'
import App from './App.vue'
import { connectClient } from './device/client'
import { startDevice } from './device/state'
import { failed, fault } from './frame/faults'
import { watchInstall } from './frame/install'
import { makeRouter } from './frame/router'
import { applyTextSize } from './frame/text-size'
import { startUpdates } from './frame/update'
import { i18n, keptLanguage, setLanguage } from './i18n'

async function start(): Promise<void> {
  applyTextSize()
  watchInstall()
  const router = makeRouter()
  await setLanguage(keptLanguage())
  const app = createApp(App)
  app.config.errorHandler = (error) => {
    fault.value = error
  }
  window.addEventListener('unhandledrejection', (event) => failed(event.reason))
  app.use(i18n)
  app.use(router)
  try {
    await startDevice(await connectClient())
  } catch (error) {
    fault.value = error
  }
  app.mount('#app')
  await startUpdates().catch(() => undefined)
}

// Refused by `public/supported.js`, which has said why.
if (!document.documentElement.hasAttribute('data-refused')) void start()
