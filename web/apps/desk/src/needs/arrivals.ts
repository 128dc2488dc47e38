/**
 * What has just come: counted for the menu, said once to those who listen, and never in the way.
 *
 * A notification of the computer and a sound are off until somebody asks for them with a click. Neither says anything of
 * a household: screens are locked, and read by others.
 */
import { computed, readonly, ref, shallowRef, watch } from 'vue'
import type { NeedRow } from '@qiao/sync-client'
import { link, useAsk } from '../link/device'
import { isNew } from './board'

const NOTIFY_UNDER = 'qiao.desk.notify'
const SOUND_UNDER = 'qiao.desk.sound'
/** Rows looked at; a board with more is worked off in another way. */
export const NEEDS_MAX = 500

const notify = ref(kept(NOTIFY_UNDER) && typeof Notification !== 'undefined' && Notification.permission === 'granted')
const sound = ref(kept(SOUND_UNDER))
/** Names of needs that came while this page was open and have not been opened. */
const fresh = shallowRef<ReadonlySet<string>>(new Set())
const count = ref(0)
/** How many came last, to be read out. */
const said = ref(0)

export const arrivals = {
  /** New needs that wait. */
  count: readonly(count),
  fresh,
  said: readonly(said),
  notify: readonly(notify),
  sound: readonly(sound),
  canNotify: computed(() => typeof Notification !== 'undefined' && Notification.permission !== 'denied'),
}

function kept(name: string): boolean {
  try {
    return localStorage.getItem(name) === '1'
  } catch {
    return false
  }
}

function keep(name: string, on: boolean): void {
  try {
    if (on) localStorage.setItem(name, '1')
    else localStorage.removeItem(name)
  } catch {
    // It then lasts until the page is closed.
  }
}

export async function setNotify(on: boolean): Promise<void> {
  notify.value = on && (await Notification.requestPermission()) === 'granted'
  keep(NOTIFY_UNDER, notify.value)
}

export function setSound(on: boolean): void {
  sound.value = on
  keep(SOUND_UNDER, on)
  if (on) ring()
}

export function opened(need: string): void {
  if (!fresh.value.has(need)) return
  fresh.value = new Set([...fresh.value].filter((one) => one !== need))
}

/** Two soft notes; made here, so that nothing is fetched. */
function ring(): void {
  const context = new AudioContext()
  for (const [at, frequency] of [
    [0, 660],
    [0.18, 880],
  ] as const) {
    const tone = context.createOscillator()
    const volume = context.createGain()
    tone.frequency.value = frequency
    volume.gain.setValueAtTime(0.08, context.currentTime + at)
    volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + at + 0.3)
    tone.connect(volume).connect(context.destination)
    tone.start(context.currentTime + at)
    tone.stop(context.currentTime + at + 0.32)
  }
  setTimeout(() => void context.close(), 1_000)
}

/** Looks after what comes, wherever in the desks one is. `words` says how many came. */
export function useArrivals(words: (n: number) => string): void {
  let known: Set<string> | null = null
  const { data } = useAsk(async (client) => (await client.needs({ show: 'open' }, 0, NEEDS_MAX)).rows)

  watch(data, (rows) => {
    if (!rows) return
    const waiting = rows.filter((row: NeedRow) => isNew(row, link.me.value?.role))
    count.value = waiting.length
    const ids = new Set(waiting.map((row) => row.id))
    const before = known
    // While the records are still coming in, nothing is news.
    known = link.stage.value?.name === 'ready' ? ids : null
    if (!before || !known) return
    const come = [...ids].filter((id) => !before.has(id))
    if (come.length === 0) return
    fresh.value = new Set([...fresh.value, ...come])
    said.value = come.length
    if (sound.value) ring()
    if (notify.value && document.hidden) new Notification(words(come.length), { tag: 'qiao-needs' })
  })
}
