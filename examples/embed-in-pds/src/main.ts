import type { AddressInfo } from 'node:net'
import { Secp256k1Keypair } from '@atproto/crypto'
import { createFileMailer, createPlcIdentity, createSmtpMailer } from '@lexwright/account'
import { createAccounts } from './accounts.ts'
import { createApp } from './app.ts'
import { migrate, openDatabase } from './database.ts'

function required(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set`)
  return value
}

const { SMTP_URL, PLC_URL, PUBLIC_URL = 'http://localhost:3000' } = process.env
const { hostname } = new URL(PUBLIC_URL)
const from = `noreply@${hostname}`

const db = openDatabase(required('DATABASE_URL'))
// Without a mail server, mails are written to files.
const mailer = SMTP_URL
  ? createSmtpMailer({ url: SMTP_URL, from })
  : createFileMailer({
      directory: 'data/mail',
      from,
      logger: console,
      clock: { now: () => new Date() },
    })

const accounts = createAccounts(db, {
  mailer,
  // Without a directory, DIDs are signed and stored, and published once one is configured.
  ...(PLC_URL && { identity: createPlcIdentity({ url: PLC_URL }) }),
  secrets: {
    jwtKeys: [{ kid: '1', secret: required('JWT_SECRET') }],
    passwordPepper: required('PASSWORD_PEPPER'),
    tokenHmacKey: required('TOKEN_HMAC_KEY'),
    keyEncryptionKey: Buffer.from(required('KEY_ENCRYPTION_KEY_HEX'), 'hex'),
    plcRotationKey: await Secp256k1Keypair.import(required('PLC_ROTATION_KEY_HEX')),
  },
  policy: {
    serviceDid: `did:web:${hostname}`,
    publicUrl: PUBLIC_URL,
    handleDomains: [hostname === 'localhost' ? '.test' : `.${hostname}`],
  },
  logger: console,
})

await migrate(db)
// Sends mail, completes interrupted registrations, purges deleted accounts.
await accounts.start()
const http = createApp(db, accounts).listen(Number(process.env.PORT ?? 3000), () => {
  const { port } = http.address() as AddressInfo
  console.log(`listening on ${port}, as ${PUBLIC_URL}`)
})

process.once('SIGTERM', () => {
  http.close(async () => {
    await accounts.stop()
    await mailer.close()
    await db.destroy()
  })
})
