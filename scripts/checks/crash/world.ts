import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { AccountModule } from '@lexwright/account'
import { AtpBaseClient } from '@lexwright/generated/client'
import type { FaultPoint } from '@lexwright/testing/accounts/fault-points'
import {
  type HttpFaultProxy,
  startHttpFaultProxy,
} from '@lexwright/testing/network/http-fault-proxy'
import {
  type FaultySmtpServer,
  startFaultySmtpServer,
} from '@lexwright/testing/network/smtp-fault-proxy'
import { startProgram, temporaryDirectory } from '@lexwright/testing/programs/program'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { type Kysely, sql } from 'kysely'
import { simpleParser } from 'mailparser'
import { loadConfig } from '../../../packages/server/src/config/load-config.ts'
import { createAccounts, createMailer } from '../../../packages/server/src/create-accounts.ts'
import { openDatabase } from '../../../packages/server/src/database/open-database.ts'
import { createLogger } from '../../../packages/server/src/logging/logger.ts'

/** The environment of a crash: real PostgreSQL, PLC directory and mail server, and a surviving process. */
export interface CrashWorld {
  readonly db: Kysely<unknown>
  readonly directory: PlcDirectory
  readonly plc: HttpFaultProxy
  readonly smtp: FaultySmtpServer
  /** The account module of another process, whose background work runs only on demand. */
  readonly survivor: AccountModule
  /**
   * Starts the real program, lets `act` call it, and resolves when it has died at the fault point.
   *
   * @throws if it survives, or answers.
   */
  crash(
    point: FaultPoint,
    act?: (client: AtpBaseClient) => Promise<unknown>,
    env?: Readonly<Record<string, string>>,
  ): Promise<void>
  /** Lets every lease expire, and runs the due jobs. */
  settle(): Promise<void>
  /** Expires the claims of dead processes. */
  expireLeases(): Promise<void>
  /** The texts of all mails to an address, oldest first. */
  mailsTo(address: string): Promise<readonly string[]>
  close(): Promise<void>
}

const DYING_PROGRAM = fileURLToPath(new URL('dying-program.ts', import.meta.url))

/** Milliseconds to wait for a crash. */
const PATIENCE_MS = 120_000

/** @param postgresUrl an empty database */
export async function openCrashWorld(postgresUrl: string): Promise<CrashWorld> {
  const data = await temporaryDirectory()
  const directory = await startPlcDirectory()
  const plc = await startHttpFaultProxy(directory.url)
  const smtp = await startFaultySmtpServer()
  const env = {
    PDS_DB_POSTGRES_URL: postgresUrl,
    PDS_DATA_DIRECTORY: data.path,
    PDS_DID_PLC_URL: plc.url,
    PDS_DID_PLC_TIMEOUT_MS: '20000',
    PDS_EMAIL_SMTP_URL: smtp.url,
    PDS_EMAIL_FROM_ADDRESS: 'pds@example.com',
    PDS_INVITE_REQUIRED: 'true',
    // Crashes are tested here, not bcrypt or limits.
    PDS_PASSWORD_HASH_COST: '4',
    PDS_RATE_LIMITS_ENABLED: 'false',
  }
  const config = loadConfig(env)
  const logger = createLogger({ level: 'silent', format: 'json' })
  const database = await openDatabase(config, logger)
  const mailer = createMailer(config, logger)
  const survivor = createAccounts({
    config,
    database,
    mailer,
    publicUrl: 'http://localhost',
    rateLimits: false,
    logger,
  })
  await survivor.migrate()
  const { db } = database

  const expireLeases = async () => {
    await sql`update lexwright_account.did_operation set next_attempt_at = now() - interval '1 s'
      where published_at is null and next_attempt_at < 'infinity'`.execute(db)
    await sql`update lexwright_account.did_update set next_attempt_at = now() - interval '1 s'
      where published_at is null`.execute(db)
    await sql`update lexwright_account.outbox set run_after = now() - interval '1 s'
      where failed_at is null`.execute(db)
  }

  return {
    db,
    directory,
    plc,
    smtp,
    survivor,
    expireLeases,

    crash: async (point, act = async () => {}, more = {}) => {
      const program = await startProgram({
        dataDirectory: data.path,
        env: { ...env, ...more },
        command: [DYING_PROGRAM, point],
      })
      const isDead = program.process.exitCode !== null || program.process.signalCode !== null
      const died = isDead ? Promise.resolve() : once(program.process, 'close')
      const answered = act(new AtpBaseClient(program.url)).then(
        () => true,
        () => false,
      )
      const end = await Promise.race([
        died.then(() => 'died'),
        delay(PATIENCE_MS, 'alive', { ref: false }),
      ])
      if (end === 'alive') {
        await program.signal('SIGKILL')
        throw new Error(`the program never reached ${point}:\n${program.log()}`)
      }
      if (program.process.signalCode !== 'SIGKILL') {
        throw new Error(`the program ended by itself:\n${program.said()}`)
      }
      if ((await answered) && act.length > 0) throw new Error(`${point} comes after the answer`)
    },

    settle: async () => {
      await expireLeases()
      await survivor.runDueJobs()
    },

    mailsTo: async (address) => {
      const parsed = await Promise.all(smtp.mails.map((mail) => simpleParser(mail)))
      return parsed.flatMap(({ to, text }) =>
        [to].flat().some((each) => each?.text === address) ? [text ?? ''] : [],
      )
    },

    close: async () => {
      await survivor.stop()
      await mailer.close()
      await database.close()
      await plc.close()
      await directory.close()
      await smtp.close()
      await data.remove()
    },
  }
}
