import { packages } from '../../packages/packages.ts'
import { dependenciesOf, type Lock, type Locked, readLock } from './dependencies.ts'

/** Dependencies whose script only prints a message. Named in docs/supply-chain.md. */
const HARMLESS_SCRIPTS = new Set(['core-js'])

/**
 * The lock file names no registry, and has a hash for every package. No dependency of a published package runs an
 * install script.
 */
export function checkLockfile(lock: Lock = readLock()): readonly string[] {
  const scripts = packages.flatMap(({ folder, manifest }) =>
    dependenciesOf(folder, lock)
      .filter(({ name, hasInstallScript }) => hasInstallScript && !HARMLESS_SCRIPTS.has(name))
      .map(({ name }) => `${name}, which comes with ${manifest.name}, has an install script`),
  )
  return [...Object.entries(lock).flatMap(([path, entry]) => checkEntry(path, entry)), ...scripts]
}

function checkEntry(path: string, { link, resolved, integrity }: Locked): string[] {
  const isOurs = !path.includes('node_modules/')
  if (isOurs || link) {
    return resolved?.includes(':') ? [`${path} points outside the repository, to ${resolved}`] : []
  }
  return [
    ...(resolved === undefined ? [] : [`${path} has the URL it was installed from, ${resolved}`]),
    ...(integrity?.startsWith('sha512-') ? [] : [`${path} has no SHA-512 hash`]),
  ]
}
