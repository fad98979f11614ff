import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { AtpBaseClient } from '@lexwright/generated/client'
import { startProgram, temporaryDirectory } from '@lexwright/testing/programs/program'
import { median } from './load.ts'

const ROUNDS = 5
const ACCOUNTS = 20
const PORT = 25_837
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** Time from `npm start` until ready, with existing accounts in the embedded database. */
export async function benchStart(): Promise<void> {
  const data = await temporaryDirectory()
  const program = await startProgram({
    dataDirectory: data.path,
    env: { PDS_PASSWORD_HASH_COST: '4' },
  })
  for (let n = 0; n < ACCOUNTS; n++) {
    await new AtpBaseClient(program.url).com.atproto.account.create({
      handle: `start${n}.test`,
      email: `start${n}@example.com`,
      password: 'correct horse battery',
    })
  }
  await program.signal('SIGTERM')

  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) times.push(await startOnce(data.path))
  await data.remove()
  const [fastest, slowest] = [Math.min(...times), Math.max(...times)]
  console.log('### `npm start` on existing data, until `/readyz` says 200\n')
  console.log(
    `${seconds(median(times))} s typically, ${seconds(fastest)} to ${seconds(slowest)} s. Target: under 2 s.\n`,
  )
}

async function startOnce(dataDirectory: string): Promise<number> {
  const started = performance.now()
  const child = spawn('npm', ['start', '--silent'], {
    cwd: ROOT,
    env: { ...process.env, PDS_PORT: String(PORT), PDS_DATA_DIRECTORY: dataDirectory },
    stdio: ['ignore', 'pipe', 'ignore'],
    // Its own process group, because npm starts a shell that starts the program.
    detached: true,
  })
  // Polling from the start would occupy one of two cores, so it begins when the program listens.
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (log: Buffer) => {
      if (log.includes('"msg":"listening"')) resolve()
    })
  })
  if (!(await isReady())) throw new Error('it listens but is not ready')
  const time = performance.now() - started
  // npm exits at once. Its output ends with the program, which the next start has to wait for.
  const ended = once(child, 'close')
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
  await ended
  return time
}

async function isReady(): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${PORT}/readyz`)).status === 200
  } catch {
    return false
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2)
}
