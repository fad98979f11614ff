/** A bare server that answers every request with one prepared SELECT through `pg`: `bare.ts <url>`. */
import { createServer } from 'node:http'
import pg from 'pg'
import { announce, didOf } from './peer.ts'

const pool = new pg.Pool({ connectionString: process.argv[2], max: 10 })

const server = createServer(async (req, res) => {
  const { rows } = await pool.query({
    name: 'account',
    text: `select did, handle, email, status, created_at, password_changed_at
      from lexwright_account.account where did = $1`,
    values: [didOf(req)],
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
