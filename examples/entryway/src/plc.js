import { Database, PlcServer } from '@did-plc/server'

/** A program that serves a PLC directory from PostgreSQL. */
const db = Database.postgres({ url: process.env.DATABASE_URL ?? '', schema: 'plc' })
await db.migrateToLatestOrThrow()
await PlcServer.create({ db, port: Number(process.env.PORT) }).start()
