import { flushCompileCache } from 'node:module'
import { PDS } from '@atproto/pds'

/** A program that serves the PDS configured by the environment, reports its start on stdout, and ends with its input. */
const pds = await PDS.fromEnv()
await pds.start()
console.log('listening')
// Many are killed, and would leave the next one to compile everything again.
flushCompileCache()
process.stdin.once('end', () => process.exit()).resume()
