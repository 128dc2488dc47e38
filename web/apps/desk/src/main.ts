/** The desks: asks who is signed in, then shows the pages their role has. */
import '@qiao/ui/tokens.css'
import '@qiao/ui/base.css'
import './styles/element.css'
import './styles/desk.css'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n, keptLanguage, setLanguage } from './i18n'
import { makeRouter } from './routes'

async function start(): Promise<void> {
  await setLanguage(keptLanguage())
  const app = createApp(App)
  app.use(i18n)
  app.use(makeRouter())
  app.mount('#app')
}

void start()
