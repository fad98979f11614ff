import { expect, it } from '@jest/globals'
import { AtpBaseClient } from '@lexwright/generated/client'
import { createPostgresDatabase } from '@lexwright/testing/postgres/databases'
import { temporaryDirectory } from '@lexwright/testing/programs/program'
import { person } from '@lexwright/testing/programs/running-programs'
import { loadConfig } from './config/load-config.ts'
import { createLogger } from './logging/logger.ts'
import { startServer } from './start-server.ts'

it('works with a mailer and a directory of its caller, and closes the mailer', async () => {
  const data = await temporaryDirectory()
  const postgres = await createPostgresDatabase()
  const config = loadConfig({
    PDS_PORT: '0',
    PDS_DATA_DIRECTORY: data.path,
    PDS_DB_POSTGRES_URL: postgres.url,
    PDS_PASSWORD_HASH_COST: '4',
    PDS_OAUTH_ENABLED: 'false',
  })
  const published: string[] = []
  const mailed = Promise.withResolvers<string>()
  let isMailerClosed = false
  const server = await startServer(config, createLogger({ level: 'silent', format: 'json' }), {
    createIdentity: () => ({
      publish: async ({ did }) => {
        published.push(did)
        return 'published'
      },
    }),
    createMailer: () => ({
      check: async () => {},
      send: async ({ to }) => mailed.resolve(to),
      close: async () => {
        isMailerClosed = true
      },
    }),
  })
  try {
    const alice = person('alice')
    const { account } = new AtpBaseClient(`http://localhost:${server.port}`).com.atproto
    const created = await account.create(alice)
    expect(published).toEqual([created.data.did])
    await account.requestPasswordReset({ email: alice.email })
    expect(await mailed.promise).toBe(alice.email)
  } finally {
    await server.close()
    await data.remove()
    await postgres.drop()
  }
  expect(isMailerClosed).toBe(true)
})
