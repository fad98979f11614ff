import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Secp256k1Keypair } from '@atproto/crypto'
import { IdResolver } from '@atproto/identity'
import { safeFetchWrap } from '@atproto-labs/fetch-node'
import { createFileMailer, createPlcIdentity, createSmtpMailer } from '@lexwright/account'
import { migrate, openDatabase } from './database.ts'
import { forgetOldEvents } from './events.ts'
import { createPds } from './pds.ts'

const { DATA = 'data', PORT = '2583', PUBLIC_URL = `http://localhost:${PORT}` } = process.env
const { DATABASE_URL, PLC_URL, RELAYS = '', SMTP_URL, APP_VIEW } = process.env
const { hostname } = new URL(PUBLIC_URL)
const isLocal = hostname === 'localhost'

// Made by the first start. Keep it: without it no password verifies any more, and no key can be read.
const file = join(DATA, 'secrets.json')
mkdirSync(DATA, { recursive: true })
if (!existsSync(file)) {
  const made = Array.from({ length: 6 }, () => randomBytes(32).toString('hex'))
  writeFileSync(file, JSON.stringify(made), { mode: 0o600 })
}
const [jwt = '', pepper = '', hmac = '', sealing = '', rotation = '', admin = ''] = JSON.parse(
  readFileSync(file, 'utf8'),
)
const from = `noreply@${hostname}`
const clock = { now: () => new Date() }
const mailer = SMTP_URL
  ? createSmtpMailer({ url: SMTP_URL, from })
  : createFileMailer({ directory: join(DATA, 'mail'), from, logger: console, clock })
const db = openDatabase(DATABASE_URL ?? join(DATA, 'database'))
await migrate(db)
const { server, accounts, middleware } = createPds({
  db,
  mailer,
  ...(PLC_URL && { identity: createPlcIdentity({ url: PLC_URL }) }),
  // A PDS on localhost may call what is there; all others keep away from private networks.
  resolver: new IdResolver({ ...(PLC_URL && { plcUrl: PLC_URL }), ...(isLocal && { fetch }) }),
  fetch: isLocal ? fetch : (safeFetchWrap({ responseMaxSize: 100 * 1024 * 1024 }) as typeof fetch),
  appView: APP_VIEW,
  relays: RELAYS.split(',').filter(Boolean),
  secrets: {
    jwtKeys: [{ kid: '1', secret: jwt }],
    passwordPepper: pepper,
    tokenHmacKey: hmac,
    keyEncryptionKey: Buffer.from(sealing, 'hex'),
    plcRotationKey: await Secp256k1Keypair.import(rotation),
    adminPassword: admin,
  },
  policy: {
    serviceDid: `did:web:${hostname}`,
    publicUrl: PUBLIC_URL,
    handleDomains: [process.env.HANDLE_DOMAIN ?? (isLocal ? '.test' : `.${hostname}`)],
  },
  logger: console,
})
await accounts.start()
const tidying = setInterval(() => forgetOldEvents(db).catch(console.error), 60 * 60_000)
const running = await server.listen({ port: Number(PORT), cors: true, middleware })
console.log(`listening on ${running.url}, as ${PUBLIC_URL}`)

process.once('SIGTERM', async () => {
  clearInterval(tidying)
  await running.close()
  await accounts.stop()
  await mailer.close()
  await db.destroy()
})
