import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { findDocuments, LONG_DOCUMENTS } from './documents.ts'
import { createInstallation, type Installation, ROOT } from './folders.ts'
import { type DocumentReport, runDocument } from './run-document.ts'
import { typecheck } from './typecheck.ts'

// These take longest, or run third-party programs that `npm test` does not install; the `*.network.test.ts` next to this file
// execute them.
const ELSEWHERE: readonly string[] = [...LONG_DOCUMENTS, 'docs/comparison.md', 'docs/sign-in.md']
const documents = (await findDocuments()).filter((document) => !ELSEWHERE.includes(document))
/** Documents are independent of each other. */
const AT_ONCE = 2
/** Fails on a hang, not on a busy machine. */
const DEADLINE_MS = 1_800_000

interface Place {
  readonly scratch: string
  readonly installation: Installation
}

/** Concurrent tests start before hooks, so the first one prepares the shared place. */
let place: Promise<Place> | undefined
function openPlace(): Promise<Place> {
  place ??= (async () => {
    const scratch = await realpath(await mkdtemp(join(tmpdir(), 'lexwright-docs-')))
    return { scratch, installation: await createInstallation(scratch) }
  })()
  return place
}

const reports: DocumentReport[] = []
let running = 0
const waiting: (() => void)[] = []

/** Runs a document as soon as a slot is free. */
async function run(document: string): Promise<void> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
  else running += 1
  try {
    reports.push(await execute(document))
  } finally {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }
}

async function execute(document: string): Promise<DocumentReport> {
  const markdown = await readFile(join(ROOT, document), 'utf8')
  return runDocument(document, markdown, { ...(await openPlace()), env: {} })
}

/** Every block of every document does what the document says. `markdown.ts` lists the comments that control it. */
describe('the documents', () => {
  afterAll(async () => {
    if (place !== undefined) await rm((await place).scratch, { recursive: true, force: true })
  })

  it.concurrent.each(documents)('%s', run, DEADLINE_MS)

  it(
    'contain TypeScript that compiles',
    async () => {
      const modules = reports.flatMap((report) => report.modules)
      expect(modules.length).toBeGreaterThan(0)
      expect(await typecheck((await openPlace()).scratch, modules)).toBe('')
    },
    DEADLINE_MS,
  )

  it('state why a block is not run', () => {
    const notRun = reports.flatMap((report) => report.notRun)
    process.stdout.write(`Blocks of the documents that are not run:\n  ${notRun.join('\n  ')}\n`)
    for (const line of notRun) expect(line).toMatch(/: .{10,}/)
  })
})
