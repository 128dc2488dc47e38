/** A look at a screen as somebody who cannot see it well would take it. */
import axe from 'axe-core'
import type { App } from './app.ts'

export interface Look {
  /** Language and size of text it was shown in. */
  shown: string
  /** What axe objects to. */
  violations: string[]
  /** By how much it is wider than the phone. */
  tooWide: number
  /** What a thumb does not hit. */
  small: string[]
  /** Texts that end before they are said, with nothing to bring the rest up. */
  cut: string[]
}

/** Languages and sizes of text a screen is looked at in. */
export const DRESSES = [
  ['zh-CN', '100'],
  ['zh-CN', '200'],
  ['en', '100'],
  ['en', '200'],
] as const

/** Every page opened from now on is in this language and size. */
export async function dress(app: App, language: string, size: string): Promise<void> {
  await app.page.addInitScript(
    ([language, size]) => {
      localStorage.setItem('qiao.language', language ?? '')
      localStorage.setItem('qiao.text', size ?? '')
    },
    [language, size],
  )
}

/** What is wrong with the screen as it stands; null where nothing is. */
export async function faultsOf(app: App): Promise<Look | null> {
  const look = await lookAt(app)
  return look.violations.length > 0 || look.tooWide > 0 || look.small.length > 0 || look.cut.length > 0 ? look : null
}

/** Looks at the screen as it stands. */
export async function lookAt(app: App): Promise<Look> {
  // Half faded text has no contrast, and a face may be drawn anew while it is looked at: nothing fades from here on.
  await app.page.evaluate(() => {
    const still = new CSSStyleSheet()
    still.replaceSync('*, *::before, *::after { animation: none !important; transition: none !important }')
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, still]
  })
  await app.page.evaluate(axe.source)
  return app.page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'] })
    const controls = [...document.querySelectorAll<HTMLElement>('button, a[href], select, textarea, summary, input, [role="button"]')]
    /** What is touched in its place: the label around a box that is drawn by its text. */
    const touched = (element: HTMLElement) => (element instanceof HTMLInputElement ? (element.closest('label') ?? element) : element)
    const shown = (element: HTMLElement) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && element.getBoundingClientRect().width > 1
    const tall = (element: HTMLElement) => {
      const after = Number.parseFloat(getComputedStyle(element, '::after').height)
      return Math.max(element.getBoundingClientRect().height, Number.isNaN(after) ? 0 : after)
    }
    const texts = [...document.querySelectorAll<HTMLElement>('body *')].filter((element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim()))
    /** Hidden by its own box or one around it that does not scroll. */
    const cutBy = (element: HTMLElement) => {
      for (let box: HTMLElement | null = element; box && box !== document.body; box = box.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(box)
        const hides = (way: string) => way === 'hidden' || way === 'clip'
        if (hides(overflowX) && box.scrollWidth > box.clientWidth + 1) return true
        // Chinese glyphs stand out of a tight line by a few points without losing anything.
        if (hides(overflowY) && box.scrollHeight > box.clientHeight + 6) return true
      }
      return false
    }
    return {
      shown: `${document.documentElement.lang} ${document.documentElement.dataset['text'] ?? '100'}`,
      violations: violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
      tooWide: document.documentElement.scrollWidth - window.innerWidth,
      small: controls
        .filter((element) => shown(touched(element)) && tall(touched(element)) < 43.5)
        .map(({ tagName, className, textContent }) => `${tagName} ${className} ${textContent?.trim()}`),
      cut: texts
        .filter((element) => shown(element) && !element.closest('.q-sr') && cutBy(element))
        .map(({ tagName, className, textContent }) => `${tagName} ${className} ${textContent?.trim()}`),
    }
  })
}

/** Looks at the screen that stands in every dress, each after opening it anew; `ready` is what it is known by. */
export async function faultsInEveryDress(app: App, ready: string): Promise<Record<string, Look>> {
  const found: Record<string, Look> = {}
  for (const [language, size] of DRESSES) {
    await app.page.evaluate(
      ([language, size]) => {
        localStorage.setItem('qiao.language', language)
        localStorage.setItem('qiao.text', size)
      },
      [language, size] as const,
    )
    await app.page.reload()
    await app.comes(ready, app.page.locator(ready).first())
    const faults = await faultsOf(app)
    if (faults) found[`${language} ${size}`] = faults
  }
  await app.page.evaluate(() => {
    localStorage.removeItem('qiao.language')
    localStorage.removeItem('qiao.text')
  })
  await app.page.reload()
  await app.comes(ready, app.page.locator(ready).first())
  return found
}
