/** Income of a household by year: four kinds that add up; exclusions and deductions stand apart. */
import type { Scalar } from '@qiao/sync-client'

/** The kinds that add up to a household's income. */
export const INCOME_KINDS = ['wage_yuan', 'business_yuan', 'property_yuan', 'transfer_yuan'] as const
/** A part of business income, not to be added again. */
export const INCOME_OF_WHICH = 'farm_yuan'
/** What is kept apart from the sum. */
export const INCOME_APART = ['exclusions_yuan', 'deductions_yuan'] as const

export interface IncomeYear {
  year: string
  fields: Record<string, Scalar>
  /** Sum of the four kinds; null where none was entered. */
  total: number | null
  /** The sum less the deductions. */
  net: number | null
}

function sumOf(fields: Record<string, Scalar>, names: readonly string[]): number | null {
  const numbers = names.map((name) => fields[name]).filter((value) => typeof value === 'number')
  return numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value, 0)
}

/** The sum of the four kinds of one year's fields; null where none was entered. */
export function totalOf(fields: Record<string, Scalar>): number | null {
  return sumOf(fields, INCOME_KINDS)
}

/** The years of a file, newest first. */
export function incomeYears(entries: unknown): IncomeYear[] {
  if (typeof entries !== 'object' || entries === null) return []
  return Object.entries(entries as Record<string, Record<string, Scalar>>)
    .map(([year, fields]) => {
      const total = totalOf(fields)
      const net = total === null ? null : total - (sumOf(fields, ['deductions_yuan']) ?? 0)
      return { year, fields, total, net }
    })
    .sort((a, b) => b.year.localeCompare(a.year))
}

/** What falls to each of those who live together, whole yuan; null where it cannot be said. */
export function perHead(net: number | null, heads: number): number | null {
  return net === null || heads <= 0 ? null : Math.round(net / heads)
}
