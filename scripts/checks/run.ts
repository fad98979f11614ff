import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** `npm run test:long [name …]`: runs long checks in sequence; all of them without a name. Takes hours. */
const folder = import.meta.dirname
const files = (await readdir(folder))
  .filter((name) => name.endsWith('.ts') && name !== basename(import.meta.filename))
  .concat('mutation/mutation.ts')
const available = new Map(files.map((file) => [basename(file, '.ts'), join(folder, file)]))
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !available.has(name))
if (unknown.length > 0) {
  console.error(
    `There is no check ${unknown.join(', ')}. There are: ${[...available.keys()].join(', ')}.`,
  )
  process.exit(2)
}

const failed: string[] = []
for (const [name, file] of available) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  console.log(`\n## ${name}\n`)
  const child = spawn(process.execPath, ['--conditions=@lexwright/source', file], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) failed.push(name)
}
console.log(failed.length === 0 ? '\nAll checks passed.' : `\nFailed: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0
