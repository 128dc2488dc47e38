// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { mayOpen, routes } from './routes'

const rights = {
  nobodySpecial: { administrator: false, everywhere: false },
  township: { administrator: true, everywhere: false },
  everywhere: { administrator: true, everywhere: true },
}
const open = (who: keyof typeof rights): string[] =>
  routes.filter((route) => mayOpen(route.meta?.for ?? 'everywhere', rights[who])).map((route) => String(route.name))

test('every page says whom it is for', () => {
  for (const route of routes) expect(route.meta?.for, String(route.name)).toBeDefined()
})

test('who administers nothing sees only what is their own', () => {
  expect(open('nobodySpecial')).toEqual(['home', 'sessions', 'nowhere'])
})

test('an administrator of a township has no page the server would refuse', () => {
  expect(open('township')).not.toContain('accounts')
  expect(open('township')).not.toContain('audit')
  expect(open('township')).toContain('enrolments')
})

test('an administrator of everything has every page', () => {
  expect(open('everywhere').length).toBe(routes.length)
})
