/** Casework on screens: what a form asks, what waits for whom, clocks in words, the course of a case. */
export * from './clock'
export * from './events'
export { default as CaseTimeline } from './CaseTimeline.vue'
export { default as ClockBadge } from './ClockBadge.vue'
export { default as MissingList } from './MissingList.vue'
export { default as StateLabel } from './StateLabel.vue'
