/**
 * Runs the program with a watched database, and kills the process at the fault point given as first
 * argument.
 */
import { withFaultPoints } from '@lexwright/testing/accounts/fault-points'
import { loadConfig } from '../../../packages/server/src/config/load-config.ts'
import { openDatabase } from '../../../packages/server/src/database/open-database.ts'
import { greeting } from '../../../packages/server/src/greeting.ts'
import { createLogger } from '../../../packages/server/src/logging/logger.ts'
import { startServer } from '../../../packages/server/src/start-server.ts'

const [, , wanted] = process.argv
const config = loadConfig(process.env)
const logger = createLogger({ level: config.logLevel, format: 'json' })
const server = await startServer(config, logger, {
  openDatabase: async (...options) => {
    const database = await openDatabase(...options)
    const db = withFaultPoints(database.db, (point) => {
      if (point === wanted) process.kill(process.pid, 'SIGKILL')
    })
    return { ...database, db }
  },
})
process.stderr.write(`${greeting(config, server)}\n`)
