#!/usr/bin/env node
// Said before anything is loaded that an older Node cannot run.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`lexwright needs Node 22.18 or newer; this is ${process.versions.node}.`)
  process.exit(2)
}
// The second run finds everything compiled, where Node keeps such things: in the temporary folder of the system.
process.getBuiltinModule('node:module').enableCompileCache()
// V8 lets the space for new objects grow sixteenfold in the second that a run takes. Touching memory for the first
// time costs more than tidying up does. A newer V8 may not know the option, and would say so.
if (major <= 24) {
  process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1')
}
await import('../dist/cli.js')
