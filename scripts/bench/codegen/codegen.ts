import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { schemas } from '@atproto/api'
import { publish, table } from '../figures.ts'
import { check } from './checking.ts'
import { type Measurement, measure, median } from './measure.ts'
import { type Folders, lexwright, PEERS, type Program } from './programs.ts'
import { CALLED, reportSizes } from './sizes.ts'
import { watchOnce } from './watching.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const ROUNDS = 5

/**
 * Generates every document of `@atproto/api` with this generator (compiled) and its peers, in one run; then measures a
 * run without changes, ten times the documents, a change under `--watch`, type-checking of each output, and the size
 * of a page with one call. Writes the figures to docs/benchmarks.md. Takes about eight minutes.
 */
export async function run(): Promise<void> {
  // Next to the peers, so that their output finds its packages.
  await mkdir(join(root, 'scripts', 'bench', '.tmp'), { recursive: true })
  const scratch = await mkdtemp(join(root, 'scripts', 'bench', '.tmp', 'codegen-'))
  try {
    const cli = build()
    const lexicons = join(scratch, 'lexicons')
    await writeDocuments(lexicons, published())
    const copies = join(scratch, 'copies')
    await writeDocuments(copies, renamedCopies(10))
    const called = join(scratch, 'called')
    await writeDocuments(
      called,
      published().filter(({ id }) => id === CALLED),
    )
    await report({ cli, lexicons, copies, called, scratch })
  } finally {
    await rm(scratch, { recursive: true })
  }
}

interface Setting {
  readonly cli: string
  readonly lexicons: string
  readonly copies: string
  /** The document of the call whose size is measured. */
  readonly called: string
  readonly scratch: string
}

async function report({ cli, lexicons, copies, called, scratch }: Setting): Promise<void> {
  const ours = lexwright(cli)
  const folders = (name: string, input = lexicons): Folders => ({
    lexicons: input,
    out: join(scratch, name),
    scratch,
  })
  // One warm-up run each, so that caches are filled for all programs alike.
  const fast = [ours, ...PEERS.filter(({ slow }) => !slow)]
  for (const program of fast) await fresh(program, folders('warm-up'))

  const results = new Map<string, Measurement[]>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const program of fast)
      add(results, program.name, await fresh(program, folders(outOf(program))))
    add(results, UNCHANGED, await measure(ours, folders('kept')))
    add(results, TENFOLD, await fresh(ours, folders('tenfold', copies)))
  }
  for (const program of PEERS.filter(({ slow }) => slow)) {
    add(results, program.name, await fresh(program, folders(outOf(program))))
  }
  // The first of these wrote the folder.
  results.get(UNCHANGED)?.shift()
  const own = secondsOf(results.get(ours.name))
  const saves = await watchOnce(cli, { ...folders('watched'), changes: 9 })
  const checks: string[][] = []
  for (const program of [ours, ...PEERS]) {
    const { seconds, errors } = await check(join(scratch, outOf(program)), ROUNDS)
    checks.push([program.name, seconds.toFixed(2), String(errors)])
  }
  await publish('code-generation', [
    `${schemas.length} documents of \`@atproto/api\`, whole processes; medians of ${ROUNDS} rounds, of one for the slow peers.`,
    '',
    ...table(
      ['Program', 'Seconds', 'Compared to lexwright', 'Peak memory'],
      [...results].map(([name, all]) => row(name, all, own)),
    ),
    '',
    `Under \`--watch\`, from a save to written files: ${Math.round(median(saves))} ms (median of ${saves.length}; slowest ${Math.round(Math.max(...saves))} ms).`,
    '',
    ...table(['Type-checking what was written by', 'Seconds', 'Errors'], checks),
  ])
  await reportSizes(cli, (name) => folders(name, called))
}

function row(name: string, all: readonly Measurement[], own: number): readonly string[] {
  const memory = all.flatMap(({ megabytes }) => megabytes ?? [])
  const shown = memory.length > 0 ? `${Math.round(Math.max(...memory))} MB` : 'unknown'
  const seconds = secondsOf(all)
  return [name, seconds.toFixed(2), `${(seconds / own).toFixed(2)}×`, shown]
}

/** The folder that a program writes to. */
function outOf({ name }: Program): string {
  return `full-${name.replace(/\W+/g, '-')}`
}

const UNCHANGED = '`lexwright generate`, nothing changed'
const TENFOLD = '`lexwright generate`, ten times the documents'

/** A run into an empty folder. Throws if it writes fewer modules than there are documents. */
async function fresh(program: Program, folders: Folders): Promise<Measurement> {
  await rm(folders.out, { recursive: true, force: true })
  const measurement = await measure(program, folders)
  const [given, written] = await Promise.all([
    countFiles(folders.lexicons, '.json'),
    countFiles(folders.out, '.ts'),
  ])
  if (written < given) {
    throw new Error(`${program.name} made ${written} modules of ${given} documents.`)
  }
  return measurement
}

async function countFiles(folder: string, ending: string): Promise<number> {
  const names = await readdir(folder, { recursive: true })
  return names.filter((name) => name.endsWith(ending)).length
}

function add(results: Map<string, Measurement[]>, name: string, one: Measurement): void {
  results.set(name, [...(results.get(name) ?? []), one])
}

function secondsOf(all: readonly Measurement[] = []): number {
  return median(all.map(({ seconds }) => seconds))
}

/** Compiles the generator and its runtime as published. Returns the path of the command. */
function build(): string {
  const script = join(root, 'scripts', 'build.ts')
  const args = [script, '--if-stale', 'codegen', 'packages/xrpc']
  const { status } = spawnSync(process.execPath, args)
  if (status !== 0)
    throw new Error('The generator does not compile: npm run build shows the errors.')
  return join(root, 'codegen', 'bin', 'lexwright.js')
}

async function writeDocuments(
  folder: string,
  documents: readonly { readonly id: string }[],
): Promise<void> {
  for (const document of documents) {
    const path = join(folder, `${document.id.replaceAll('.', '/')}.json`)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, `${JSON.stringify(document, null, 2)}\n`)
  }
}

/** The documents as published: on loading, the package adds `lex:` to every reference. */
function published(): { readonly id: string }[] {
  return JSON.parse(JSON.stringify(schemas).replaceAll('"lex:', '"'))
}

/** Every document under new names, including references: `app.bsky.…` becomes `app.bsky0.…`. */
function renamedCopies(count: number): { readonly id: string }[] {
  const text = JSON.stringify(published())
  return Array.from({ length: count }, (_, copy) =>
    JSON.parse(text.replace(/"([a-z]+\.[a-z]+)(?=\.[A-Za-z.]+[#"])/g, `"$1${copy}`)),
  ).flat()
}
