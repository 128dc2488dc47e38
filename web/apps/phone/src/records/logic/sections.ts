/** How the fields of a household file are grouped on the screen; the fields themselves are the catalogue's. */
import type { CatalogueField } from '@qiao/sync-client'

/** Groups of root fields by name. What the catalogue has beyond them comes under the last. */
const SECTIONS = {
  base: ['group', 'number', 'householder', 'phone', 'address', 'register_state'],
  status: ['household_type', 'monitoring_type', 'risk', 'risk_level', 'risk_state', 'poverty_cause', 'allowance_class'],
  house: ['house_structure', 'house_grade', 'house_area_m2', 'water_source', 'power', 'land_mu'],
  expense: ['expense_medical_yuan', 'expense_education_yuan', 'expense_other_yuan'],
  cadre: ['cadre', 'cadre_name', 'cadre_unit'],
  verified: ['verified_at', 'verified_by', 'verify_note'],
  other: ['remark', 'note'],
  place: ['gps_lat_e6', 'gps_lng_e6'],
} as const

export type SectionKey = keyof typeof SECTIONS

export interface FieldSection {
  key: SectionKey
  fields: CatalogueField[]
}

/** The root fields in their groups, in order; the village is where the file lies and no field of a form. */
export function sectionsOf(fields: readonly CatalogueField[]): FieldSection[] {
  const byName = new Map(fields.map((field) => [field.name, field]))
  byName.delete('village')
  const sections = (Object.keys(SECTIONS) as SectionKey[]).map((key): FieldSection => {
    const own = SECTIONS[key].flatMap((name) => {
      const field = byName.get(name)
      byName.delete(name)
      return field ? [field] : []
    })
    return { key, fields: own }
  })
  sections.find(({ key }) => key === 'other')?.fields.push(...byName.values())
  return sections.filter((section) => section.fields.length > 0)
}
