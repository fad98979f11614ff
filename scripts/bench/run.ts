import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** `npm run bench [name …]`: runs benchmarks in sequence; all of them without a name. */
interface Benchmark {
  /** Measures and prints a Markdown table. */
  run(): Promise<void>
}

const folder = import.meta.dirname
const available = (await readdir(folder))
  .filter((name) => existsSync(join(folder, name, `${name}.ts`)))
  .sort()
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !available.includes(name))
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${available.join(', ')}.`)
  process.exit(2)
}
for (const name of wanted.length > 0 ? wanted : available) {
  const benchmark: Benchmark = await import(join(folder, name, `${name}.ts`))
  console.log(`\n## ${name}\n`)
  await benchmark.run()
}
