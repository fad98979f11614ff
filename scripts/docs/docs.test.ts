import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createPostgresDatabase } from '../testing/databases.ts'
import { findDocuments } from './documents.ts'
import { createInstallation, type Installation, ROOT } from './folders.ts'
import { type DocumentReport, runDocument } from './run-document.ts'
import { typecheck } from './typecheck.ts'

const documents = await findDocuments()
/** Documents know nothing of each other. */
const AT_ONCE = 2
/** A hang is a failure, a busy machine is not. */
const DEADLINE_MS = 900_000

/** Every block of every document does what the document says. `markdown.ts` explains the comments that steer it. */
describe('the documents', () => {
  const outcomes = new Map(
    documents.map((document) => [document, Promise.withResolvers<DocumentReport>()]),
  )
  const reports: DocumentReport[] = []
  let scratch: string
  let installation: Installation
  let runs: Promise<unknown>
  beforeAll(async () => {
    scratch = await realpath(await mkdtemp(join(tmpdir(), 'lexwright-docs-')))
    installation = await createInstallation(scratch)
    const waiting = documents.values()
    runs = Promise.all(Array.from({ length: AT_ONCE }, () => runAll(waiting)))
  })
  afterAll(async () => {
    await runs
    await rm(scratch, { recursive: true, force: true })
  })

  /** Takes one after the other from those that still wait. */
  async function runAll(waiting: Iterable<string>): Promise<void> {
    for (const document of waiting) {
      const outcome = outcomes.get(document)
      await run(document).then(outcome?.resolve, outcome?.reject)
      // Whoever waits for it is told, now or later.
      await outcome?.promise.catch(() => {})
    }
  }

  async function run(document: string): Promise<DocumentReport> {
    const markdown = await readFile(join(ROOT, document), 'utf8')
    const world = { scratch, installation }
    if (!/\bDATABASE_URL\b/.test(markdown))
      return runDocument(document, markdown, { ...world, env: {} })
    const database = await createPostgresDatabase()
    try {
      const env = { DATABASE_URL: database.url }
      return await runDocument(document, markdown, { ...world, env })
    } finally {
      await database.drop()
    }
  }

  it.each(documents)(
    '%s',
    async (document) => {
      const report = await outcomes.get(document)?.promise
      if (report !== undefined) reports.push(report)
    },
    DEADLINE_MS,
  )

  it(
    'have TypeScript that compiles',
    async () => {
      const modules = reports.flatMap((report) => report.modules)
      expect(modules.length).toBeGreaterThan(0)
      expect(await typecheck(scratch, modules)).toBe('')
    },
    DEADLINE_MS,
  )

  it('say why a block is not run', () => {
    const notRun = reports.flatMap((report) => report.notRun)
    process.stdout.write(`Blocks of the documents that are not run:\n  ${notRun.join('\n  ')}\n`)
    for (const line of notRun) expect(line).toMatch(/: .{10,}/)
  })
})
