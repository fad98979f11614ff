import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { createInstallation, ROOT } from './folders.ts'
import { runDocument } from './run-document.ts'

const PEERS = join(ROOT, 'scripts/bench/node_modules')

/** Adds the packages of a scope that are installed with the benchmarks. */
async function linkScope(modules: string, scope: string): Promise<void> {
  const target = join(modules, scope)
  await unlink(target).catch(() => {})
  await mkdir(target)
  for (const from of [join(ROOT, 'node_modules', scope), join(PEERS, scope)]) {
    for (const name of await readdir(from).catch(() => [])) {
      await symlink(join(from, name), join(target, name))
    }
  }
}

it('docs/comparison.md says what the other generators do', async () => {
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'lexwright-comparison-')))
  try {
    const installation = await createInstallation(scratch)
    for (const scope of ['@atproto', '@atcute']) await linkScope(installation.modules, scope)
    const document = 'docs/comparison.md'
    const markdown = await readFile(join(ROOT, document), 'utf8')
    const report = await runDocument(document, markdown, { scratch, installation, env: {} })
    expect(report.notRun).toEqual([])
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}, 600_000)
