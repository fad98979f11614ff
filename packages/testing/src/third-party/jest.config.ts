import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Config } from 'jest'
import { project, run } from '../../../../jest.config.ts'

/** The tests that need the packages of this folder: `npm run test:network`. */
const config: Config = {
  ...run,
  ...project('network', '**/*.network.test.ts'),
  // More workers than cores: these tests mostly wait for browsers and starting programs.
  maxWorkers: availableParallelism() + 2,
  rootDir: fileURLToPath(new URL('../../../..', import.meta.url)),
}

export default config
