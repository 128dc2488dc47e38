import { expect, it } from 'vitest'
import { rootFields } from './catalogue'
import { catalogue } from './fixture'
import { sectionsOf } from './sections'

it('every root field is on the form exactly once, also one of a newer version, and the village never', () => {
  const known = rootFields(catalogue, 'household')
  const [first] = known
  const fields = first ? [...known, { ...first, name: 'village' }, { ...first, name: 'newer_field' }] : []
  const names = sectionsOf(fields).flatMap((section) => section.fields.map(({ name }) => name))
  expect([...names].sort()).toEqual([...known.map(({ name }) => name), 'newer_field'].sort())
  expect(
    sectionsOf(fields)
      .find(({ key }) => key === 'other')
      ?.fields.map(({ name }) => name),
  ).toEqual(['newer_field'])
})
