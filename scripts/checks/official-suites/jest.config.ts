import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Config } from 'jest'
import { project, run } from '../../../jest.config.ts'
import { SUITES } from './suites.ts'

/*
 * Runs the checkout's test files in place. Imports from the PDS resolve to its npm package, imports from its test
 * environment to this folder.
 */
const ROOT = join(import.meta.dirname, '../../..')
const CHECKOUT = process.env.ATPROTO_CHECKOUT ?? ''
const THIRD_PARTY = join(ROOT, 'packages/testing/src/third-party/node_modules')
const OFFICIAL_PDS = join(ROOT, 'packages/testing/src/official-pds/node_modules')

const shared = project('official-suites')
const POSTGRES = join(ROOT, 'packages/testing/src/postgres')
// A bare name would be resolved in the checkout.
const transformer = createRequire(import.meta.url).resolve('@swc/jest')

const config: Config = {
  ...run,
  ...shared,
  rootDir: join(CHECKOUT, 'packages/pds'),
  roots: ['<rootDir>/tests', import.meta.dirname],
  testMatch: SUITES.map((name) => `<rootDir>/tests/${name}.test.ts`),
  globalSetup: join(POSTGRES, 'global-setup.ts'),
  globalTeardown: join(POSTGRES, 'global-teardown.ts'),
  testSequencer: join(ROOT, 'packages/testing/src/longest-first.ts'),
  modulePathIgnorePatterns: [],
  // In this order, so that instances belong to the classes that the suites import.
  modulePaths: [join(ROOT, 'node_modules'), OFFICIAL_PDS, THIRD_PARTY],
  moduleNameMapper: {
    '^@atproto/dev-env$': join(import.meta.dirname, 'dev-env.ts'),
    '^#checkout/(.+)$': join(CHECKOUT, 'packages/$1.ts'),
    '^(?:\\.\\./)+src/(.+)$': join(OFFICIAL_PDS, '@atproto/pds/dist/$1'),
    '^(\\.\\.?/.+)\\.js$': ['$1.ts', '$1.js'],
  },
  transform: Object.fromEntries(
    Object.entries(shared.transform ?? {}).map(([pattern, use]) => [
      pattern,
      typeof use === 'string' ? transformer : [transformer, use[1]],
    ]),
  ),
  cacheDirectory: join(ROOT, 'node_modules/.cache/official-suites'),
}

export default config
