/**
 * Runs the account suites of the official PDS against the account module, from a checkout of its repository:
 *
 *     node --conditions=@lexwright/source scripts/checks/official-suites.ts ../atproto
 *
 * Without an argument, `ATPROTO_CHECKOUT` gives the path. Nothing of it is copied; cases known not to pass are listed
 * with reasons in `official-suites/not-passed.json`, and any difference from the list is reported.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { SUITES } from './official-suites/suites.ts'

const ROOT = join(import.meta.dirname, '../..')
const FOLDER = join(import.meta.dirname, 'official-suites')

/** The fields of Jest's report that are used. */
interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

/** Reasons by name of case, by suite. */
type NotPassed = Readonly<Record<string, Readonly<Record<string, string>>>>

const given = process.argv[2] ?? process.env.ATPROTO_CHECKOUT
if (given === undefined) {
  console.log('Skipped: name a checkout of the reference, or set ATPROTO_CHECKOUT.')
} else {
  const checkout = resolve(given)
  if (!existsSync(join(checkout, 'packages/pds/tests'))) {
    throw new Error(`${checkout} is not a checkout of the reference: it has no packages/pds/tests`)
  }
  const expected: NotPassed = JSON.parse(await readFile(join(FOLDER, 'not-passed.json'), 'utf8'))
  process.exitCode = compare(await runSuites(checkout), expected)
}

async function runSuites(checkout: string): Promise<Report> {
  const scratch = await mkdtemp(join(tmpdir(), 'lexwright-official-suites-'))
  try {
    const outputFile = join(scratch, 'report.json')
    const child = spawn(
      process.execPath,
      [
        '--conditions=@lexwright/source',
        '--experimental-vm-modules',
        '--disable-warning=ExperimentalWarning',
        join(ROOT, 'node_modules/jest/bin/jest.js'),
        `--config=${join(FOLDER, 'jest.config.ts')}`,
        '--json',
        `--outputFile=${outputFile}`,
        '--silent',
      ],
      {
        // The suites use paths relative to this folder.
        cwd: join(checkout, 'packages/pds'),
        env: { ...process.env, ATPROTO_CHECKOUT: checkout },
        stdio: 'ignore',
      },
    )
    await once(child, 'exit')
    return JSON.parse(await readFile(outputFile, 'utf8'))
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Prints a line per suite and per difference; returns the exit code. */
function compare({ testResults }: Report, expected: NotPassed): number {
  const surprises: string[] = []
  for (const suite of SUITES) {
    const result = testResults.find(({ name }) => basename(name) === `${suite}.test.ts`)
    const cases = result?.assertionResults ?? []
    if (cases.length === 0) surprises.push(`${suite} does not run: ${result?.message ?? 'no file'}`)
    const known = expected[suite] ?? {}
    const seen = new Map<string, number>()
    let passed = 0
    for (const { fullName, status, failureMessages } of cases) {
      const count = (seen.get(fullName) ?? 0) + 1
      seen.set(fullName, count)
      // Some names occur twice.
      const name = count === 1 ? fullName : `${fullName} (${count})`
      const isPassed = status === 'passed'
      if (isPassed) passed++
      if (isPassed && name in known) surprises.push(`${suite}: passes now: ${name}`)
      if (!isPassed && !(name in known)) {
        surprises.push(`${suite}: fails: ${name}\n${failureMessages.join('\n')}`)
      }
    }
    console.log(`${suite.padEnd(24)}${passed} of ${cases.length}`)
  }
  for (const surprise of surprises) console.log(`\n${surprise}`)
  return surprises.length === 0 ? 0 : 1
}
