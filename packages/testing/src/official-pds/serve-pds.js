import { PDS } from '@atproto/pds'

/** A program: serves the PDS that the environment describes, says so on its output, and ends with its input. */
const pds = await PDS.fromEnv()
await pds.start()
console.log('listening')
process.stdin.once('end', () => process.exit()).resume()
