/** The phone app: connects to the device behind the worker, then shows the face its stage asks for. */
import '@qiao/ui/tokens.css'
import '@qiao/ui/base.css'
import './styles/vant.css'
import { createApp } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'
import App from './App.vue'
import { connectClient } from './device/client'
import { startDevice } from './device/state'
import { guardSheets, installSheets } from './frame/sheets'
import { i18n, keptLanguage, setLanguage } from './i18n'
import { routes } from './routes'

async function start(): Promise<void> {
  installSheets()
  const router = createRouter({
    history: createWebHistory(),
    routes,
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  })
  guardSheets(router)
  await setLanguage(keptLanguage())
  await startDevice(await connectClient())
  const app = createApp(App)
  app.use(i18n)
  app.use(router)
  app.mount('#app')
}

void start()
