import { type Locked, readLock } from './dependencies.ts'

/** The lock file names no registry, and says of everything which bytes it has to be. */
export function checkLockfile(): readonly string[] {
  return Object.entries(readLock()).flatMap(([path, entry]) => checkEntry(path, entry))
}

function checkEntry(path: string, { link, resolved, integrity }: Locked): string[] {
  const isOurs = !path.includes('node_modules/')
  if (isOurs || link) {
    return resolved?.includes(':') ? [`${path} leads out of the repository, to ${resolved}`] : []
  }
  return [
    ...(resolved === undefined ? [] : [`${path} names the place it came from, ${resolved}`]),
    ...(integrity?.startsWith('sha512-') ? [] : [`${path} has no SHA-512 hash`]),
  ]
}
