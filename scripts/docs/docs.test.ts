import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createPostgresDatabase, type PostgresDatabase } from '../testing/databases.ts'
import { findDocuments } from './documents.ts'
import { createInstallation, type Installation, ROOT } from './folders.ts'
import { runDocument } from './run-document.ts'
import { typecheck } from './typecheck.ts'

const documents = await findDocuments()
/** A hang is a failure, a busy machine is not. */
const DEADLINE_MS = 900_000

/** Every block of every document does what the document says. `markdown.ts` explains the comments that steer it. */
describe('the documents', () => {
  const modules: string[] = []
  const notRun: string[] = []
  const databases: PostgresDatabase[] = []
  let scratch: string
  let installation: Installation
  beforeAll(async () => {
    scratch = await realpath(await mkdtemp(join(tmpdir(), 'lexwright-docs-')))
    installation = await createInstallation(scratch)
  })
  afterAll(async () => {
    for (const database of databases) await database.drop()
    await rm(scratch, { recursive: true, force: true })
  })

  it.each(documents)(
    '%s',
    async (document) => {
      const markdown = await readFile(join(ROOT, document), 'utf8')
      const env: NodeJS.ProcessEnv = {}
      if (/\bDATABASE_URL\b/.test(markdown)) {
        const database = await createPostgresDatabase()
        databases.push(database)
        env.DATABASE_URL = database.url
      }
      const report = await runDocument(document, markdown, { scratch, installation, env })
      modules.push(...report.modules)
      notRun.push(...report.notRun)
    },
    DEADLINE_MS,
  )

  it(
    'have TypeScript that compiles',
    async () => {
      expect(modules.length).toBeGreaterThan(0)
      expect(await typecheck(scratch, modules)).toBe('')
    },
    DEADLINE_MS,
  )

  it('say why a block is not run', () => {
    process.stdout.write(`Blocks of the documents that are not run:\n  ${notRun.join('\n  ')}\n`)
    for (const line of notRun) expect(line).toMatch(/: .{10,}/)
  })
})
