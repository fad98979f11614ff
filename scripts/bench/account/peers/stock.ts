/** The same method on a stock `@atproto/xrpc-server`, written in the usual way: `stock.ts <url> <secret>`. */
import { createServer as createHttpServer } from 'node:http'
import { AuthRequiredError, createServer, InvalidRequestError } from '@atproto/xrpc-server'
import { schemas } from '@lexwright/generated/lexicons'
import { jwtVerify } from 'jose'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { announce } from './peer.ts'

interface Tables {
  'lexwright_account.account': {
    did: string
    handle: string
    email: string
    status: string
    session_epoch: number
    created_at: Date
    password_changed_at: Date
  }
  'lexwright_account.session': { id: string; did: string; revoked_at: Date | null }
}

const [, , url, secret = ''] = process.argv
const key = new TextEncoder().encode(secret)
const db = new Kysely<Tables>({
  dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 10 }) }),
})

const server = createServer([...schemas])
server.method('com.atproto.account.get', {
  auth: async ({ req }) => {
    const token = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1]
    if (token === undefined) throw new AuthRequiredError()
    const { payload } = await jwtVerify(token, key, {
      typ: 'at+jwt',
      audience: 'did:web:localhost',
    })
    const session = await db
      .selectFrom('lexwright_account.session')
      .select(['did', 'revoked_at'])
      .where('id', '=', String(payload.sid))
      .executeTakeFirst()
    if (session === undefined || session.revoked_at !== null || session.did !== payload.sub) {
      throw new InvalidRequestError('Token has been revoked', 'ExpiredToken')
    }
    return { credentials: { did: session.did, epoch: payload.epoch } }
  },
  handler: async ({ auth }) => {
    const { did, epoch } = auth.credentials
    const account = await db
      .selectFrom('lexwright_account.account')
      .selectAll()
      .where('did', '=', did)
      .executeTakeFirst()
    if (account === undefined || account.session_epoch !== epoch) {
      throw new InvalidRequestError('Token has been revoked', 'ExpiredToken')
    }
    return {
      encoding: 'application/json',
      body: {
        did: account.did,
        handle: account.handle,
        email: account.email,
        status: account.status,
        createdAt: account.created_at.toISOString(),
        passwordChangedAt: account.password_changed_at.toISOString(),
      },
    }
  },
})
announce(createHttpServer(server.router))
