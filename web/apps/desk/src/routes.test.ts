// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { mayOpen, routes, type Rights } from './routes'

const rights: Record<string, Rights> = {
  team: { administrator: false, everywhere: false, role: 'team' },
  unit: { administrator: false, everywhere: false, role: 'unit' },
  office: { administrator: false, everywhere: false, role: 'township' },
  township: { administrator: true, everywhere: false, role: 'admin' },
  everywhere: { administrator: true, everywhere: true, role: 'admin' },
}
const open = (who: string): string[] =>
  routes
    .filter((route) => mayOpen(route.meta?.for ?? 'everywhere', rights[who] as Rights))
    .map((route) => String(route.name))

test('every page says whom it is for', () => {
  for (const route of routes) expect(route.meta?.for, String(route.name)).toBeDefined()
})

test('who administers nothing sees only what is their own', () => {
  expect(open('team')).toEqual(['home', 'sessions', 'nowhere'])
})

test('an administrator of a township has no page the server would refuse', () => {
  expect(open('township')).not.toContain('accounts')
  expect(open('township')).not.toContain('audit')
  expect(open('township')).toContain('enrolments')
})

test('an administrator of everything has every page but those over records, which they do not see', () => {
  const ofOffices = routes.filter((one) =>
    ['unit', 'area', 'figures', 'office', 'township'].includes(one.meta?.for ?? ''),
  )
  expect(open('everywhere').length).toBe(routes.length - ofOffices.length)
  expect(ofOffices.every((one) => !open('everywhere').includes(String(one.name)))).toBe(true)
})

test('units and townships have their own pages, and nothing to administer', () => {
  expect(open('unit')).toContain('needs')
  expect(open('office')).toContain('needs')
  for (const who of ['unit', 'office'])
    for (const page of ['enrolments', 'devices', 'people', 'accounts', 'audit']) expect(open(who)).not.toContain(page)
})
