import { createServer as createXrpcServer, InvalidRequestError } from '@atproto/xrpc-server'
import type { AccessAuth, AccountModule } from '@lexwright/account'
import { Server as AccountServer } from '@lexwright/generated'
import express, { type Express } from 'express'
import type { Kysely } from 'kysely'
import type { HostTables } from './database.ts'
import { lexicons } from './lexicons.ts'

/** The host: an Express application around its own XRPC server, to which the account methods are added. */
export function createApp(db: Kysely<HostTables>, accounts: AccountModule): Express {
  const xrpc = createXrpcServer(lexicons)

  // Adds the documents and methods of the generated server to the host's own.
  accounts.register(new AccountServer(xrpc))

  // A host method that only the owner of an account may call. Calls without a token, or with one that is expired,
  // revoked, or of a deleted account, are refused before the handler runs.
  xrpc.method<AccessAuth>('com.example.status.set', {
    auth: accounts.auth.access,
    handler: async ({ auth, input }) => {
      const { did } = auth.credentials
      // Only valid bodies reach the handler.
      const { text } = (input as { body: { text: string } }).body
      const status = { did, text, setAt: new Date() }
      await db
        .insertInto('pds.status')
        .values(status)
        .onConflict((conflict) => conflict.column('did').doUpdateSet(status))
        .execute()
    },
  })

  xrpc.method('com.example.status.get', async ({ params }) => {
    const status = await db
      .selectFrom('pds.status')
      .innerJoin('pds.repo', 'pds.repo.did', 'pds.status.did')
      .select(['pds.status.did', 'pds.status.text'])
      .where('pds.repo.did', '=', params.did as string)
      .where('pds.repo.deletedAt', 'is', null)
      .executeTakeFirst()
    if (!status) throw new InvalidRequestError('There is no status', 'NoStatus')
    return { encoding: 'application/json', body: status }
  })

  const app = express()
  // Rate limits count by `req.ip`: with one trusted proxy, the last address in X-Forwarded-For.
  app.set('trust proxy', Number(process.env.TRUSTED_PROXIES ?? 0))
  app.get('/', (_, res) => {
    res.type('text').send('A PDS of its own')
  })
  app.use(xrpc.router)
  return app
}
