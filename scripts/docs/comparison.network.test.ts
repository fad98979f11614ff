import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { createInstallation, ROOT } from './folders.ts'
import { linkPackages } from './link-packages.ts'
import { runDocument } from './run-document.ts'

it('docs/comparison.md describes the other generators correctly', async () => {
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'lexwright-comparison-')))
  try {
    const installation = await createInstallation(scratch)
    await linkPackages(installation.modules, 'scripts/bench', ['@atproto', '@atcute'])
    const document = 'docs/comparison.md'
    const markdown = await readFile(join(ROOT, document), 'utf8')
    const report = await runDocument(document, markdown, { scratch, installation, env: {} })
    expect(report.notRun).toEqual([])
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}, 600_000)
