import { PDS } from '@atproto/pds'

/** A program that serves the official PDS, as the environment configures it. */
const pds = await PDS.fromEnv()
await pds.start()
