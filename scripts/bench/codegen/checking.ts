import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { median } from './measure.ts'

const COMPILER = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  'node_modules',
  'typescript',
  'bin',
  'tsc',
)

const OPTIONS = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: 'es2024',
  module: 'esnext',
  moduleResolution: 'bundler',
  allowImportingTsExtensions: true,
  types: ['node'],
}

export interface Checked {
  readonly seconds: number
  readonly errors: number
}

/** Type-checks a program's output several times: the median time, and the number of errors. */
export async function check(folder: string, rounds: number): Promise<Checked> {
  const config = { compilerOptions: OPTIONS, include: ['.'] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const all = Array.from({ length: rounds }, () => {
    const started = performance.now()
    const { stdout } = spawnSync(process.execPath, [COMPILER, '-p', folder], { encoding: 'utf8' })
    const seconds = (performance.now() - started) / 1_000
    return { seconds, errors: stdout.match(/error TS\d+/g)?.length ?? 0 }
  })
  return { seconds: median(all.map(({ seconds }) => seconds)), errors: all[0]?.errors ?? 0 }
}
