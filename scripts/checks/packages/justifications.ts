import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packages, ROOT } from '../../packages/packages.ts'
import { difference } from './difference.ts'

const PAGE = 'docs/supply-chain.md'

/**
 * Checks that every dependency of a package has a row with a reason in `docs/supply-chain.md`, and that there
 * are no other rows.
 */
export async function checkJustifications(): Promise<readonly string[]> {
  const page = await readFile(join(ROOT, PAGE), 'utf8')
  const rows = [...page.matchAll(/^\| `([^`]+)` +\| ([^|]+)\| ([^|]+)\|$/gm)]
  const stated = new Set(
    rows.flatMap(([, name, users = '', reason = '']) =>
      reason.trim() === '' ? [] : users.split(',').map((user) => `${user.trim()} ${name}`),
    ),
  )
  const wanted = new Set(
    packages.flatMap(({ manifest }) =>
      Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
        .filter((name) => !name.startsWith('@lexwright/'))
        .map((name) => `${manifest.name.replace('@lexwright/', '')} ${name}`),
    ),
  )
  return [
    ...difference(wanted, stated).map((use) => `${PAGE} gives no reason for ${use}`),
    ...difference(stated, wanted).map((use) => `${PAGE} gives a reason for ${use}, unused`),
  ]
}
