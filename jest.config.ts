import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import type { Config } from 'jest'

// Shares compiled code with later workers and threads.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compiled')

// Kysely in two files instead of 255: Jest loads and links every module again for each test file.
const kysely = join(import.meta.dirname, '.tmp/kysely')
buildSync({
  entryPoints: { index: 'kysely', migration: 'kysely/migration' },
  outdir: kysely,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
})

type InitialProject = Exclude<NonNullable<Config['projects']>[number], string>

/** Tests as ES modules, resolved from source rather than from a build. */
export function project(name: string, ...testMatch: string[]): InitialProject {
  const postgres = '<rootDir>/packages/testing/src/postgres'
  return {
    displayName: name,
    testMatch,
    roots: [
      '<rootDir>/codegen/src',
      '<rootDir>/generated',
      '<rootDir>/packages',
      '<rootDir>/scripts',
    ],
    testPathIgnorePatterns: ['/node_modules/', '/dist/'],
    modulePathIgnorePatterns: ['/dist/', '<rootDir>/(scripts|packages/testing)/.*/node_modules/'],
    testEnvironment: 'node',
    testEnvironmentOptions: {
      customExportConditions: ['@lexwright/source', 'node', 'node-addons'],
    },
    extensionsToTreatAsEsm: ['.ts'],
    transform: {
      '^.+\\.ts$': [
        '@swc/jest',
        {
          jsc: {
            parser: { syntax: 'typescript' },
            target: 'es2024',
            experimental: { keepImportAttributes: true },
          },
          module: { type: 'es6' },
        },
      ],
    },
    // The packages of the network tests bring versions of their own.
    ...(name !== 'network' && {
      moduleNameMapper: {
        '^kysely$': `${kysely}/index.mjs`,
        '^kysely/migration$': `${kysely}/migration.mjs`,
      },
    }),
    ...(name !== 'unit' && {
      globalSetup: `${postgres}/global-setup.ts`,
      globalTeardown: `${postgres}/global-teardown.ts`,
    }),
  }
}

/** Applies to the whole run. */
export const run: Config = {
  // With real databases, processes and browsers, a hang is a failure, but slowness is not.
  testTimeout: 120_000,
  testSequencer: '<rootDir>/packages/testing/src/longest-first.ts',
  // Many tests mostly wait for other processes, so one worker more than cores keeps the cores busy.
  // `npm test` passes flags to all workers: a test file ends before optimized WebAssembly of PGlite would pay off, and loading
  // modules fills a small young generation again and again.
  maxWorkers: availableParallelism() + 1,
  // ES modules of a test file are never collected, so a worker is replaced; a new one costs two seconds. Freeing its heap
  // takes longer than Jest waits by default; a worker that does not exit by then has a leak.
  workerIdleMemoryLimit: '1280MB',
  workerGracefulExitTimeout: 30_000,
}

/**
 * `unit` runs in `npm run check`: no database, process, compiler or randomness, as the layer check enforces.
 * `*.network.test.ts` and `*.long.test.ts` have separate configurations in `packages/testing/src/third-party`.
 */
const config: Config = {
  ...run,
  projects: [
    project('unit', '**/!(*.integration|*.network|*.long).test.ts'),
    project('integration', '**/*.integration.test.ts'),
  ],
}

export default config
