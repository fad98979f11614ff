import type { Config } from 'jest'

/** Every `*.test.ts` of the workspace, as ES modules, resolved from source rather than from a build. */
const config: Config = {
  roots: [
    '<rootDir>/codegen/src',
    '<rootDir>/generated',
    '<rootDir>/packages',
    '<rootDir>/scripts',
  ],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/scripts/.*/node_modules/'],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@lexwright/source', 'node', 'node-addons'] },
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
  globalSetup: '<rootDir>/packages/testing/src/postgres/global-setup.ts',
  globalTeardown: '<rootDir>/packages/testing/src/postgres/global-teardown.ts',
  // Real databases, processes and browsers on a busy machine: a hang is a failure, slowness is not.
  testTimeout: 120_000,
  // Half of the tests wait for other processes most of the time.
  maxWorkers: '100%',
  // ES modules of a test file are never collected, and freeing a heap of more than a gigabyte takes longer than Jest
  // waits for a worker to exit. A worker is replaced long before that; one that still does not exit has a leak.
  workerIdleMemoryLimit: '512MB',
  workerGracefulExitTimeout: 5_000,
}

export default config
