import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Folders, Program } from './programs.ts'

export interface Measurement {
  readonly seconds: number
  /** Peak resident memory of the process, in megabytes; absent if the system does not report it. */
  readonly megabytes: number | undefined
}

/** Runs a program once to its end. Throws if it fails. */
export async function measure(program: Program, folders: Folders): Promise<Measurement> {
  for (const [name, text] of Object.entries(program.files?.(folders) ?? {})) {
    await mkdir(dirname(join(folders.scratch, name)), { recursive: true })
    await writeFile(join(folders.scratch, name), text)
  }
  const started = performance.now()
  const child = spawn(process.execPath, program.arguments(folders), {
    cwd: folders.scratch,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  // A program without prompts closes its end first.
  child.stdin.on('error', () => {})
  child.stdin.end(program.answer ?? '')
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaint += text
  })
  let megabytes: number | undefined
  const sample = setInterval(async () => {
    megabytes = (await peakMemory(child.pid)) ?? megabytes
  }, 20)
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  )
  clearInterval(sample)
  if (code !== 0) throw new Error(`${program.name} failed (${code}): ${complaint.slice(0, 2_000)}`)
  return { seconds: (performance.now() - started) / 1_000, megabytes }
}

/** Linux records the peak resident memory of each process. */
async function peakMemory(pid: number | undefined): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(status)?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1_024
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
