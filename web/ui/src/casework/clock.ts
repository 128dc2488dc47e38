/** A clock in words. Pure; the words themselves are texts of `ui.casework.clock`. */
import type { CaseClock } from '@qiao/sync-client'
import type { IconName } from '../components/icons'

export interface ClockWords {
  key:
    | 'leftDays'
    | 'leftWorkingDays'
    | 'today'
    | 'overdue'
    | 'overdueDays'
    | 'overdueWorkingDays'
    | 'paused'
    | 'met'
    | 'late'
    | 'over'
    | 'cancelled'
    | 'until'
  n: number
}

export function clockWords(clock: Pick<CaseClock, 'status' | 'left' | 'limit'>): ClockWords {
  const { status, left } = clock
  const working = clock.limit.unit === 'working_days'
  switch (status) {
    case 'running':
    case 'warning':
      if (left === null) return { key: 'until', n: 0 }
      if (left <= 0) return { key: 'today', n: 0 }
      return { key: working ? 'leftWorkingDays' : 'leftDays', n: left }
    case 'overdue':
      // On the weekend after the last day not one working day has passed.
      if (left === null || left >= 0) return { key: 'overdue', n: 0 }
      return { key: working ? 'overdueWorkingDays' : 'overdueDays', n: -left }
    default:
      return { key: status, n: 0 }
  }
}

/** How a clock is coloured; the words say the same. */
export function clockTone(status: CaseClock['status']): 'danger' | 'warn' | 'grey' | 'accent' {
  switch (status) {
    case 'overdue':
    case 'late':
      return 'danger'
    case 'warning':
      return 'warn'
    case 'met':
    case 'over':
      return 'accent'
    default:
      return 'grey'
  }
}

/** Its sign, for who sees no colour. */
export function clockIcon(status: CaseClock['status']): IconName {
  switch (status) {
    case 'overdue':
    case 'late':
      return 'warn'
    case 'paused':
    case 'cancelled':
      return 'pause'
    case 'met':
    case 'over':
      return 'check'
    default:
      return 'waiting'
  }
}
