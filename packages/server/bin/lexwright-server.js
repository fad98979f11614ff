#!/usr/bin/env node
import module from 'node:module'
import { fileURLToPath } from 'node:url'

// Said before anything is loaded that an older Node cannot run.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`lexwright-server needs Node 22.18 or newer; this is ${process.versions.node}.`)
  process.exit(1)
}
// Compiling the modules is a quarter of a start. What was compiled stays beside the code, where nobody can put
// anything who could not change the code itself; where that is not writable, there is none.
module.enableCompileCache(fileURLToPath(new URL('../.cache', import.meta.url)))
await import('#main')
