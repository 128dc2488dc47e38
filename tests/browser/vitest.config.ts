// Browser tests: real Chromium, the real server as a process. One at a time: they share two cores with a browser.
import { defineConfig } from 'vitest/config'

// Figures are taken when they are asked for; they are no tests.
const figures = [
  ...(process.env['QIAO_FIGURES'] === undefined ? ['engine/figures.test.ts'] : []),
  ...(process.env['QIAO_FIGURES_INTO'] === undefined ? ['phone/figures.test.ts', 'proof/figures.test.ts'] : []),
]

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', ...figures],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    pool: 'forks',
    // On a machine that has other things to do as well.
    expect: { poll: { timeout: 30_000 } },
  },
})
