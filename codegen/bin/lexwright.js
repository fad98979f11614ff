#!/usr/bin/env node
// Said before anything is loaded that an older Node cannot run.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`lexwright needs Node 22.18 or newer; this is ${process.versions.node}.`)
  process.exit(2)
}
// The second run finds everything compiled. It stays beside the code, where nobody can put anything who could not change
// the code itself; where that is not writable, there is none.
const { enableCompileCache } = process.getBuiltinModule('node:module')
enableCompileCache(`${import.meta.dirname}/../.cache`)
await import('../dist/cli.js')
