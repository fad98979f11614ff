#!/usr/bin/env node
/** The program: arguments in, an exit code out. */
import { systemConsole } from './commands/console.ts'
import { runProgram } from './commands/run-program.ts'

const code = await runProgram(process.argv.slice(2), systemConsole())
if (code !== 0) process.exit(code)
