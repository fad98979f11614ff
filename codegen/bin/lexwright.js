#!/usr/bin/env node
// Printed before anything is loaded, so that an older Node can run it.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`lexwright needs Node 22.18 or newer; this is ${process.versions.node}.`)
  process.exit(2)
}
// Reuses compiled code from the second run on. The cache is next to the code, writable only for those who can change
// the code itself; without write access there is none.
const { enableCompileCache } = process.getBuiltinModule('node:module')
enableCompileCache(`${import.meta.dirname}/../.cache`)
await import('../dist/cli.js')
