import { hkdfSync, randomBytes } from 'node:crypto'
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
const { DATABASE_URL, PLC_URL, RELAYS = '', SMTP_URL, APP_VIEW, ADMIN_PASSWORD } = process.env
const { hostname } = new URL(PUBLIC_URL)
const isLocal = hostname === 'localhost'

// Made by the first start. Keep it: without it no password verifies any more, and no key can be read.
const file = join(DATA, 'secret')
mkdirSync(DATA, { recursive: true })
if (!existsSync(file)) writeFileSync(file, randomBytes(32), { mode: 0o600 })
const secret = readFileSync(file)
const secretFor = (purpose: string) => Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))

const from = `noreply@${hostname}`
const clock = { now: () => new Date() }
const mailer = SMTP_URL
  ? createSmtpMailer({ url: SMTP_URL, from })
  : createFileMailer({ directory: join(DATA, 'mail'), from, logger: console, clock })
const db = openDatabase(DATABASE_URL ?? join(DATA, 'database'))
await migrate(db)
const { server, accounts, oauth, middleware } = createPds({
  db,
  mailer,
  ...(PLC_URL && { identity: createPlcIdentity({ url: PLC_URL }) }),
  // Only a PDS on localhost may call private networks.
  resolver: new IdResolver({ ...(PLC_URL && { plcUrl: PLC_URL }), ...(isLocal && { fetch }) }),
  fetch: isLocal ? fetch : (safeFetchWrap({ responseMaxSize: 100 * 1024 * 1024 }) as typeof fetch),
  appView: APP_VIEW,
  relays: RELAYS.split(',').filter(Boolean),
  secrets: {
    jwtKeys: [{ kid: '1', secret: secretFor('sessions') }],
    passwordPepper: secretFor('passwords'),
    tokenHmacKey: secretFor('codes'),
    keyEncryptionKey: secretFor('signing keys'),
    plcRotationKey: await Secp256k1Keypair.import(secretFor('rotation key')),
    ...(ADMIN_PASSWORD && { adminPassword: ADMIN_PASSWORD }),
  },
  oauth: { secrets: [secretFor('oauth')] },
  policy: {
    serviceDid: `did:web:${hostname}`,
    publicUrl: PUBLIC_URL,
    handleDomains: [process.env.HANDLE_DOMAIN ?? (isLocal ? '.test' : `.${hostname}`)],
  },
  logger: console,
})
await Promise.all([accounts.start(), oauth.start()])
const tidying = setInterval(() => forgetOldEvents(db).catch(console.error), 60 * 60_000)
const running = await server.listen({ port: Number(PORT), cors: true, middleware })
console.log(`listening on ${running.url}, as ${PUBLIC_URL}`)

process.once('SIGTERM', async () => {
  clearInterval(tidying)
  await running.close()
  await oauth.stop()
  await accounts.stop()
  await mailer.close()
  await db.destroy()
})
