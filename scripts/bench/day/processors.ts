import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Processor time so far, in seconds. */
export interface Processors {
  /** The program without its hashing threads. */
  readonly server: number
  readonly hashing: number
  readonly postgres: number
  readonly generator: number
}

/** Seconds per tick, in which Linux counts processor time. */
const TICK = 0.01

export async function readProcessors(
  serverPid: number,
  postgresFolder: string,
): Promise<Processors> {
  const postmaster = Number.parseInt(
    await readFile(join(postgresFolder, 'postmaster.pid'), 'utf8'),
    10,
  )
  const { user, system } = process.cpuUsage()
  return {
    ...(await ofServer(serverPid)),
    postgres: await ofFamily(postmaster),
    generator: (user + system) / 1e6,
  }
}

/** Threads with a lower priority than the main one hash passwords. */
async function ofServer(pid: number): Promise<Pick<Processors, 'server' | 'hashing'>> {
  const main = await readStat(`/proc/${pid}/stat`)
  let hashing = 0
  for (const task of await readdir(`/proc/${pid}/task`)) {
    const thread = await readStat(`/proc/${pid}/task/${task}/stat`).catch(() => undefined)
    if (thread !== undefined && thread.nice > main.nice) hashing += thread.own
  }
  return { server: main.own - hashing, hashing }
}

async function ofFamily(parent: number): Promise<number> {
  const { own, ofChildren } = await readStat(`/proc/${parent}/stat`)
  let total = own + ofChildren
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const child = await readStat(`/proc/${pid}/stat`).catch(() => undefined)
    if (child?.parent === parent) total += child.own
  }
  return total
}

async function readStat(file: string) {
  const line = await readFile(file, 'utf8')
  // Fields from the third on, see proc(5); the second one, the name, may contain spaces.
  const fields = line
    .slice(line.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const at = (field: number) => fields[field - 3] ?? Number.NaN
  return {
    parent: at(4),
    own: (at(14) + at(15)) * TICK,
    ofChildren: (at(16) + at(17)) * TICK,
    nice: at(19),
  }
}
