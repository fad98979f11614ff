import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from './folders.ts'

/**
 * Type-checks modules strictly; each resolves packages from its own location. Returns the
 * compiler's output.
 */
export async function typecheck(scratch: string, modules: readonly string[]): Promise<string> {
  await writeFile(join(scratch, 'package.json'), '{"type":"module"}\n')
  const config = join(scratch, 'tsconfig.json')
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2024', 'dom', 'dom.iterable', 'esnext.disposable'],
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
    module: 'nodenext',
    moduleDetection: 'force',
    customConditions: ['@lexwright/source'],
    noEmit: true,
    allowImportingTsExtensions: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
  }
  await writeFile(config, JSON.stringify({ compilerOptions, files: modules }))
  const tsc = spawn(join(ROOT, 'node_modules/.bin/tsc'), [
    '-p',
    config,
    '--singleThreaded',
    '--pretty',
    'false',
  ])
  let output = ''
  for (const stream of [tsc.stdout, tsc.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  await new Promise((resolve) => tsc.once('close', resolve))
  return output.replaceAll(scratch, '')
}
