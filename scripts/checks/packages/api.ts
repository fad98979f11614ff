import { existsSync, globSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import {
  CompilerState,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
} from '@microsoft/api-extractor'
import { type Package, packages, ROOT } from '../../packages/packages.ts'
import { run } from '../../packages/run.ts'

/**
 * Reports of the public API: `<package>/api/<entry>.api.md` shows the types that an entry exports, and those reachable
 * from them. Reports are committed, so that every change to a public type shows in a diff.
 */
export async function checkApi(): Promise<readonly string[]> {
  const problems: string[] = []
  const wanted = await report()
  for (const [path, text] of wanted) {
    const committed = await readFile(join(ROOT, path), 'utf8').catch(() => undefined)
    if (committed === undefined) problems.push(`${path} is missing`)
    else if (committed !== text) problems.push(`${path}: ${firstDifference(committed, text)}`)
  }
  for (const path of reportsThere()) {
    if (!wanted.has(path)) problems.push(`${path} describes an entry that does not exist any more`)
  }
  if (problems.length === 0) return []
  return [...problems, 'If the change is intended: run npm run api and commit the result.']
}

export async function writeApi(): Promise<void> {
  const reports = await report()
  for (const path of reportsThere()) if (!reports.has(path)) await rm(join(ROOT, path))
  for (const [path, text] of reports) {
    await mkdir(dirname(join(ROOT, path)), { recursive: true })
    await writeFile(join(ROOT, path), text)
  }
}

function reportsThere(): string[] {
  return packages.flatMap(({ folder }) => globSync(`${folder}/api/**/*.api.md`, { cwd: ROOT }))
}

function firstDifference(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')]
  const at = old.findIndex((line, index) => line !== now[index])
  const line = at === -1 ? old.length : at
  return `line ${line + 1} is now "${now[line]?.trim() ?? ''}", was "${old[line]?.trim() ?? ''}"`
}

/** An entry of a package, with its declarations and its report. */
interface Entry {
  readonly folder: string
  readonly declarations: string
  /** Relative to the repository. */
  readonly report: string
}

/** All reports by path. One program serves all entries, since most of the time is spent reading types. */
async function report(): Promise<Map<string, string>> {
  await run(process.execPath, [join(ROOT, 'scripts/build.ts'), '--if-stale'])
  const directory = await mkdtemp(join(tmpdir(), 'lexwright-api-'))
  try {
    const entries = packages.flatMap(entriesOf)
    const configs = entries.map((entry, index) => configure(entry, entries, directory, index))
    const [first, ...others] = configs
    if (first === undefined) throw new Error('there are no entries')
    const compilerState = CompilerState.create(first, {
      additionalEntryPoints: others.map((config) => config.mainEntryPointFilePath),
    })
    const reports = new Map<string, string>()
    for (const [index, config] of configs.entries()) {
      Extractor.invoke(config, {
        compilerState,
        localBuild: true,
        messageCallback: (message) => {
          if (message.logLevel === 'error') throw new Error(message.text)
          message.handled = true
        },
      })
      const path = entries[index]?.report ?? ''
      reports.set(path, tidy(await readFile(join(directory, `${index}.api.md`), 'utf8')))
    }
    return reports
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Removes the markers of undocumented members, which are nearly all. */
function tidy(text: string): string {
  return text.replaceAll(/^ *\/\/ \(undocumented\)\n/gm, '').replaceAll(' (undocumented)\n', '\n')
}

function entriesOf({ folder, manifest }: Package): Entry[] {
  return Object.entries(manifest.exports).flatMap(([entry, target]) => {
    if (typeof target === 'string') return []
    return filesOf(folder, target.types ?? '').map((declarations) => {
      const name = entry.includes('*')
        ? relative(join(ROOT, folder, 'dist'), declarations).replace(/\.d\.ts$/, '')
        : entry.replace(/^\.\/?/, '') || 'index'
      return { folder, declarations, report: `${folder}/api/${name}.api.md` }
    })
  })
}

/** The files that a target matches; its star may match several folders. */
function filesOf(folder: string, target: string): string[] {
  const path = join(ROOT, folder, target)
  const [start, end = ''] = path.split('*')
  if (!path.includes('*') || start === undefined) return [path]
  if (!existsSync(start)) return []
  return readdirSync(start, { recursive: true })
    .map((name) => join(start, String(name)))
    .filter((file) => file.endsWith(end))
    .sort()
}

function configure(
  { folder, declarations }: Entry,
  all: readonly Entry[],
  directory: string,
  index: number,
): ExtractorConfig {
  const projectFolder = join(ROOT, folder)
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(projectFolder, 'package.json'),
    configObject: {
      projectFolder,
      mainEntryPointFilePath: declarations,
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'es2024',
            lib: ['es2024'],
            types: ['node'],
            module: 'nodenext',
            strict: true,
            exactOptionalPropertyTypes: true,
            skipLibCheck: true,
          },
          files: all.map((entry) => entry.declarations),
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${index}`,
        reportFolder: directory,
        reportTempFolder: join(directory, 'temp'),
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  })
}

if (import.meta.main) {
  if (process.argv.includes('--write')) await writeApi()
  else {
    const problems = await checkApi()
    for (const problem of problems) console.error(problem)
    process.exitCode = problems.length > 0 ? 1 : 0
  }
}
