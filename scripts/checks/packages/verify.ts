import { type Packed, packAll } from '../../packages/pack.ts'
import { checkApi } from './api.ts'
import { checkContents } from './contents.ts'
import { checkJustifications } from './justifications.ts'
import { checkLicenses } from './licenses.ts'
import { lintPackage } from './lint.ts'
import { checkLockfile } from './lockfile.ts'
import { checkManifest } from './manifests.ts'
import { checkReleases } from './releases.ts'

/**
 * Checks packed tarballs before publishing: `npm run verify:packages`. Installing and running them
 * takes minutes and is in `verify-published.ts`.
 */
type Check = () => Promise<readonly string[]> | readonly string[]

const { packed, remove } = await packAll()

/** Runs a check on every package concurrently, since most wait for other processes. */
const ofEach =
  (check: (packed: Packed) => Promise<readonly string[]>): Check =>
  async () => {
    const problems = await Promise.all(
      packed.map(async (one) => (await check(one)).map((text) => `${one.manifest.name}: ${text}`)),
    )
    return problems.flat()
  }

const checks: Readonly<Record<string, Check>> = {
  'contents of the tarballs': ofEach(checkContents),
  'manifests and dependencies': ofEach(checkManifest),
  'publint and attw': ofEach(lintPackage),
  'public types': checkApi,
  releases: checkReleases,
  'lock file': checkLockfile,
  licenses: () => checkLicenses(),
  'reasons for dependencies': checkJustifications,
}

let failed = 0
try {
  for (const [name, check] of Object.entries(checks)) {
    const start = performance.now()
    const problems = await check()
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
    for (const problem of problems) console.error(`  ${problem}`)
    failed += problems.length
  }
} finally {
  await remove()
}
process.exitCode = failed > 0 ? 1 : 0
