import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { createPostgresDatabase } from '@lexwright/testing/postgres/databases'
import { LONG_DOCUMENTS } from './documents.ts'
import { createInstallation, ROOT } from './folders.ts'
import { runDocument } from './run-document.ts'
import { typecheck } from './typecheck.ts'

it.each(LONG_DOCUMENTS)(
  '%s describes programs that work, in TypeScript that compiles',
  async (document) => {
    const scratch = await realpath(await mkdtemp(join(tmpdir(), 'lexwright-docs-')))
    const database = await createPostgresDatabase()
    try {
      const installation = await createInstallation(scratch)
      const markdown = await readFile(join(ROOT, document), 'utf8')
      const env = { DATABASE_URL: database.url }
      const { notRun, modules } = await runDocument(document, markdown, {
        scratch,
        installation,
        env,
      })
      for (const line of notRun) expect(line).toMatch(/: .{10,}/)
      if (modules.length > 0) expect(await typecheck(scratch, modules)).toBe('')
    } finally {
      await database.drop()
      await rm(scratch, { recursive: true, force: true })
    }
  },
  600_000,
)
