import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packAll } from '../../packages/pack.ts'
import { type Installation, install } from './installation.ts'
import { checkPrograms } from './programs.ts'
import { compareSizes, writeSizes } from './size-table.ts'

/**
 * Installs every tarball into its own folder, measures the installation, and runs the programs under the oldest
 * supported Node and one that is too old. Takes minutes; `--write` updates the numbers in the README.
 */
const scratch = await mkdtemp(join(tmpdir(), 'lexwright-published-'))
const { packed, remove } = await packAll()
try {
  const installations: Installation[] = []
  for (const [index, one] of packed.entries()) {
    const installation = await install(one, packed, join(scratch, String(index)))
    const { name, direct, packages, bytes } = installation
    console.log(`${name}: ${direct} direct, ${packages} in all, ${(bytes / 1e6).toFixed(1)} MB`)
    installations.push(installation)
  }
  if (process.argv.includes('--write')) await writeSizes(installations)
  const problems = [
    ...(await compareSizes(installations)),
    ...(await checkPrograms(installations, scratch)),
  ]
  for (const problem of problems) console.error(problem)
  console.log(`published packages: ${problems.length === 0 ? 'ok' : `${problems.length} problems`}`)
  process.exitCode = problems.length > 0 ? 1 : 0
} finally {
  await remove()
  await rm(scratch, { recursive: true, force: true })
}
