/** The ten numbers of leaders, in their order, and which of them ask for somebody to act. */
export const GROUPS: readonly (readonly string[])[] = [
  ['cases_overdue', 'cases_due', 'cases_open'],
  ['median_days'],
  ['notices_running', 'notices_objected'],
  ['rechecks_overdue'],
  ['paperwork_open'],
  ['leads_late'],
  ['monitored', 'monitored_new', 'monitored_cleared', 'monitored_rolled_back'],
  ['monitored_no_measure'],
  ['presence_days', 'visited_30'],
  ['unsent', 'conflicts', 'villages_silent', 'gaps', 'cases_late_events'],
]

export const WARNS: ReadonlySet<string> = new Set([
  'cases_overdue',
  'cases_due',
  'notices_objected',
  'rechecks_overdue',
  'paperwork_open',
  'leads_late',
  'monitored_no_measure',
  'conflicts',
  'villages_silent',
  'cases_late_events',
])
