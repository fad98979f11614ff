import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@lexwright/testing/network/free-port'
import { startPostgres } from '@lexwright/testing/postgres/postgres-server'
import { exportContext } from './container/context.ts'
import { readDockerfile } from './container/dockerfile.ts'
import { buildStages } from './container/stages.ts'
import { newSecrets, startContainer, untilHealthy } from './container/start.ts'

/**
 * Builds the last commit with the commands of the `Dockerfile`, and runs the result as the image would: as its user, on
 * files that user cannot write, in production, with a PostgreSQL. Takes some minutes.
 */
function demand(holds: boolean, problem: string): void {
  if (!holds) throw new Error(problem)
}

const scratch = await mkdtemp(join(tmpdir(), 'lexwright-image-'))
// Another user has to get through.
await chmod(scratch, 0o755)
const postgres = await startPostgres()
try {
  const context = join(scratch, 'context')
  await mkdir(context)
  await exportContext(context)
  const dockerfile = await readDockerfile()
  const folder = await buildStages(dockerfile, context, scratch)
  console.log('built')

  const stage = dockerfile.stages.at(-1)
  if (stage === undefined) throw new Error('there is no stage')
  const port = await freePort()
  const env = {
    PDS_PORT: String(port),
    PDS_HOSTNAME: 'pds.example.com',
    PDS_DB_POSTGRES_URL: postgres.url,
    ...newSecrets(),
  }
  const container = await startContainer({ stage, folder, env })
  demand((await container.health()) !== 0, 'healthy before it can be')
  await untilHealthy(container, 60_000)
  console.log('healthy')
  demand(!(await container.canWrite(join(folder, 'app'))), 'the program can change itself')
  demand(await container.canWrite(join(folder, 'data')), 'the volume cannot be written')

  const answer = await fetch(`http://127.0.0.1:${port}/xrpc/com.atproto.account.create`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      handle: 'ada.pds.example.com',
      email: 'ada@example.com',
      password: 'correct horse battery staple',
    }),
  })
  demand(answer.status === 200, `signing up: ${answer.status} ${await answer.text()}`)
  const code = await container.stop()
  demand(code === 0, `ended with ${code}:\n${container.output()}`)
  console.log('served, and ended on SIGTERM')
} finally {
  await postgres.stop()
  await rm(scratch, { recursive: true, force: true })
}
