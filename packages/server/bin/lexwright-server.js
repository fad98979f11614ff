#!/usr/bin/env node
// Checked before loading code that an older Node cannot run.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`lexwright-server needs Node 22.18 or newer; this is ${process.versions.node}.`)
  process.exit(1)
}
// Compiling the modules takes a quarter of a start. The cache is beside the code, where only those who can change the
// code can write; without write access there is none.
process.getBuiltinModule('node:module').enableCompileCache(`${import.meta.dirname}/../.cache`)
await import('#main')
