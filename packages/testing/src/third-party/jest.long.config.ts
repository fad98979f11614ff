import type { Config } from 'jest'
import network from './jest.config.ts'

/** Tests that kill processes at every step: `npm run test:long long-tests`. */
const config: Config = { ...network, displayName: 'long', testMatch: ['**/*.long.test.ts'] }

export default config
