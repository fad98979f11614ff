import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * `npm run bench [name …] [-- --option=value …]`: runs benchmarks in sequence, with the same options; without a name
 * all but those that run only by name.
 */
interface Benchmark {
  /** True for a benchmark that needs much disk or time. */
  readonly runsOnlyByName?: boolean
  /** Measures and prints a Markdown table. */
  run(options: readonly string[]): Promise<void>
}

const folder = import.meta.dirname
const available = (await readdir(folder))
  .filter((name) => existsSync(join(folder, name, `${name}.ts`)))
  .sort()
const given = process.argv.slice(2)
const options = given.filter((argument) => argument.startsWith('--'))
const wanted = given.filter((argument) => !argument.startsWith('--'))
const unknown = wanted.filter((name) => !available.includes(name))
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${available.join(', ')}.`)
  process.exit(2)
}
for (const name of wanted.length > 0 ? wanted : available) {
  const benchmark: Benchmark = await import(join(folder, name, `${name}.ts`))
  if (wanted.length === 0 && benchmark.runsOnlyByName) continue
  console.log(`\n## ${name}\n`)
  await benchmark.run(options)
}
