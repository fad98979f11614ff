#!/usr/bin/env node
/** Entry point: passes arguments in and the exit code out. */
import { systemConsole } from './commands/console.ts'
import { runProgram } from './commands/run-program.ts'

const code = await runProgram(process.argv.slice(2), systemConsole())
if (code !== 0) process.exit(code)
