/**
 * A bare server that verifies the token's signature and answers with one prepared SELECT through `pg`:
 * `bare.ts <url> <secret>`.
 */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import pg from 'pg'
import { announce } from './peer.ts'

const [, , url, secret = ''] = process.argv
const pool = new pg.Pool({ connectionString: url, max: 10 })
const key = createSecretKey(Buffer.from(secret))

/** The DID of a token; undefined unless it is signed with the secret. */
function didOf({ headers }: IncomingMessage): string | undefined {
  const token = headers.authorization?.slice('Bearer '.length) ?? ''
  const end = token.lastIndexOf('.')
  const expected = createHmac('sha256', key).update(token.slice(0, end)).digest()
  const given = Buffer.from(token.slice(end + 1), 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub
}

const server = createServer(async (req, res) => {
  const did = didOf(req)
  if (did === undefined) return void res.writeHead(401).end()
  const { rows } = await pool.query({
    name: 'account',
    text: `select did, handle, email, status, created_at, password_changed_at
      from lexwright_account.account where did = $1`,
    values: [did],
  })
  const [account] = rows
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  res.end(
    JSON.stringify({
      did: account.did,
      handle: account.handle,
      email: account.email,
      status: account.status,
      createdAt: account.created_at,
      passwordChangedAt: account.password_changed_at,
    }),
  )
})
announce(server)
