import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { createInstallation, ROOT } from './folders.ts'
import { linkPackages } from './link-packages.ts'
import { runDocument } from './run-document.ts'

it('docs/sign-in.md signs a user in to an app with the official client', async () => {
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'lexwright-sign-in-')))
  try {
    const installation = await createInstallation(scratch)
    await linkPackages(installation.modules, 'packages/testing/src/third-party', ['@atproto'])
    const document = 'docs/sign-in.md'
    const markdown = await readFile(join(ROOT, document), 'utf8')
    const env = { SIGN_IN: join(ROOT, 'scripts/docs/sign-in.ts') }
    const report = await runDocument(document, markdown, { scratch, installation, env })
    expect(report.notRun).toEqual([])
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}, 600_000)
