import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Identifies a process uniquely, since process ids are reused. */
export interface ProcessIdentity {
  readonly pid: number
  /** Start time in clock ticks since boot; Linux only. */
  readonly startTicks?: string
  /** Changes with every boot of the machine; Linux only. */
  readonly bootId?: string
  /** Process ids are unique per namespace only: two containers may each have a process 1. */
  readonly pidNamespace?: string
  readonly host: string
}

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  const { startTicks } = statOf(process.pid) ?? {}
  const bootId = read('/proc/sys/kernel/random/boot_id')?.trim()
  const pidNamespace = readLink('/proc/self/ns/pid')
  return {
    pid: process.pid,
    ...(startTicks === undefined ? {} : { startTicks }),
    ...(bootId === undefined ? {} : { bootId }),
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
    host: hostname(),
  }
}

/**
 * State of a process: `alive` and `dead` are certain; `foreign` cannot be seen from here (another
 * machine or container).
 */
export function lifeOf(
  holder: ProcessIdentity,
  self: ProcessIdentity = ownIdentity(),
): 'alive' | 'dead' | 'foreign' {
  const sameHost = holder.host === self.host
  if (holder.bootId !== self.bootId) return sameHost ? 'dead' : 'foreign'
  if (holder.pidNamespace !== self.pidNamespace) return 'foreign'
  // Without a boot id, machines are only distinguished by host name.
  if (holder.bootId === undefined && !sameHost) return 'foreign'

  const stat = statOf(holder.pid)
  if (stat !== undefined && holder.startTicks !== undefined) {
    return stat.startTicks === holder.startTicks && stat.state !== 'Z' ? 'alive' : 'dead'
  }
  return isRunning(holder.pid) ? 'alive' : 'dead'
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it exists and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** State and start time (fields 3 and 22) of `/proc/<pid>/stat`, see proc(5). */
function statOf(pid: number): { readonly state: string; readonly startTicks: string } | undefined {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The second field is the program's name in parentheses, which may contain anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, startTicks] = [fields[0], fields[19]]
  return state === undefined || startTicks === undefined ? undefined : { state, startTicks }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function readLink(file: string): string | undefined {
  try {
    return readlinkSync(file)
  } catch {
    return undefined
  }
}
