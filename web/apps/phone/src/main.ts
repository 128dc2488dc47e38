/** The phone app: connects to the device behind the worker, then shows the face its stage asks for. */
import '@qiao/ui/tokens.css'
import '@qiao/ui/base.css'
import './styles/form.css'
import { createApp } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'
import App from './App.vue'
import { connectClient } from './device/client'
import { startDevice } from './device/state'
import { fault } from './frame/faults'
import { watchInstall } from './frame/install'
import { guardSheets, installSheets } from './frame/sheets'
import { applyTextSize } from './frame/text-size'
import { startUpdates } from './frame/update'
import { i18n, keptLanguage, setLanguage } from './i18n'
import { routes } from './routes'
import { refuseBrowser } from './unsupported'

async function start(): Promise<void> {
  if (refuseBrowser()) return
  applyTextSize()
  watchInstall()
  installSheets()
  const router = createRouter({
    history: createWebHistory(),
    routes,
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  })
  guardSheets(router)
  await setLanguage(keptLanguage())
  const app = createApp(App)
  app.config.errorHandler = (error) => {
    fault.value = error
  }
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

void start()
