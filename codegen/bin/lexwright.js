#!/usr/bin/env node
// Said before anything is loaded that an older Node cannot run.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`lexwright needs Node 22.18 or newer; this is ${process.versions.node}.`)
  process.exit(2)
}
// The second run finds everything compiled, where Node keeps such things: in the temporary folder of the system.
process.getBuiltinModule('node:module').enableCompileCache()
await import('../dist/cli.js')
