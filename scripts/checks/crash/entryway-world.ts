import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { AccountModule } from '@lexwright/account'
import { createEntryway, type Entryway } from '@lexwright/entryway'
import { AtpBaseClient } from '@lexwright/generated/client'
import type { FaultPoint } from '@lexwright/testing/accounts/fault-points'
import {
  type HttpFaultProxy,
  startHttpFaultProxy,
} from '@lexwright/testing/network/http-fault-proxy'
import {
  type OfficialPds,
  startOfficialPds,
} from '@lexwright/testing/official-pds/start-official-pds'
import { type Program, startProgram, temporaryDirectory } from '@lexwright/testing/programs/program'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { sql } from 'kysely'
import { type Config, loadConfig } from '../../../packages/server/src/config/load-config.ts'
import {
  createAccounts,
  createMailer,
  migrate,
} from '../../../packages/server/src/create-accounts.ts'
import { createTokensFor, settingsOfHosts } from '../../../packages/server/src/create-entryway.ts'
import { openDatabase } from '../../../packages/server/src/database/open-database.ts'
import { createLogger } from '../../../packages/server/src/logging/logger.ts'
import { findLeftovers, type Leftovers, listRepositories, readDids } from './leftovers.ts'

/** An official PDS behind the entryway. */
export interface EntrywayHost {
  readonly did: string
  readonly pds: OfficialPds
  /** Between the entryway and the PDS. */
  readonly proxy: HttpFaultProxy
}

/** True for requests that create or remove an account at a host. */
export const isCreationOrRemoval = (request: string): boolean =>
  /server\.createAccount|admin\.deleteAccount/.test(request)

/** An entryway on a real PostgreSQL and PLC directory, in front of two official PDSes. */
export interface EntrywayWorld {
  readonly config: Config
  readonly directory: PlcDirectory
  /** Between the PDSes and the directory. */
  readonly plc: HttpFaultProxy
  readonly hosts: readonly [EntrywayHost, EntrywayHost]
  readonly accounts: AccountModule
  readonly entryway: Entryway
  /** The password of every account. */
  readonly password: string
  /** Picks the host of the next account; random if undefined. */
  pick: number | undefined
  signUp(name: string, inviteCode?: string): Promise<{ readonly did: string }>
  logIn(name: string): Promise<{ readonly did: string; readonly accessJwt: string }>
  /** Starts the real program as a second process on the same database. */
  start(): Promise<Program>
  /** Runs a command of the program, and kills it once it prints a text to stderr. */
  killAt(args: readonly string[], said: string): Promise<void>
  /** Starts it, lets it sign up an account, and resolves when it has died at the fault point. */
  crash(point: FaultPoint, name: string): Promise<void>
  /** Like `crash`, during another call of the program. */
  crashDuring(point: FaultPoint, call: (url: string) => Promise<unknown>): Promise<void>
  /** Expires claims and runs the due jobs until none are left. */
  settle(): Promise<void>
  /** Expires the claims of dead processes. */
  expireClaims(): Promise<void>
  /**
   * Finds the account of a name, and checks that it has one row, one DID and one repository, on the
   * same host.
   *
   * @throws {AssertionError}
   */
  findWhole(name: string): Promise<{ readonly did: string; readonly host: EntrywayHost }>
  /** For use after `settle`. */
  findLeftovers(): Promise<Leftovers>
  /** Counts the repositories of all hosts. */
  countRepositories(): Promise<number>
  /** Counts the DIDs without a tombstone. */
  countDids(): Promise<number>
  countAccounts(): Promise<Readonly<Record<string, number>>>
  close(): Promise<void>
}

const MAIN = fileURLToPath(
  new URL('../../../packages/server/bin/lexwright-server.js', import.meta.url),
)
const DYING_PROGRAM = fileURLToPath(new URL('dying-program.ts', import.meta.url))
const PASSWORD = 'correct horse battery'
/** Milliseconds for which the entryway waits for a PDS. */
const TIMEOUT_MS = 5_000

/** With an app view, a PDS stores preferences. It is never called. */
export const APP_VIEW = {
  PDS_BSKY_APP_VIEW_URL: 'http://localhost:1',
  PDS_BSKY_APP_VIEW_DID: 'did:web:app-view.test',
} as const

/**
 * @param postgresUrl an empty database.
 * @param more settings of the entryway that complete or override those below.
 */
export async function openEntrywayWorld(
  postgresUrl: string,
  more: Readonly<Record<string, string>> = {},
): Promise<EntrywayWorld> {
  const data = await temporaryDirectory()
  const directory = await startPlcDirectory()
  const plc = await startHttpFaultProxy(directory.url)
  const env = {
    ENTRYWAY_ENABLED: 'true',
    PDS_DB_POSTGRES_URL: postgresUrl,
    PDS_DATA_DIRECTORY: data.path,
    PDS_DID_PLC_URL: directory.url,
    PDS_DID_PLC_TIMEOUT_MS: String(TIMEOUT_MS),
    // Hashing cost and limits are not tested here.
    PDS_PASSWORD_HASH_COST: '4',
    PDS_RATE_LIMITS_ENABLED: 'false',
    ...more,
  }
  const config = loadConfig(env)
  const logger = createLogger({ level: 'silent', format: 'json' })
  const database = await openDatabase(config, logger)
  const { db } = database
  await migrate(config, database)
  const mailer = createMailer(config, logger)
  const publicUrl = 'http://localhost:2583'
  const tokens = await createTokensFor(config, () => entryway)
  const accounts = createAccounts({
    config,
    database,
    tokens,
    mailer,
    publicUrl,
    rateLimits: false,
    logger,
  })
  const settings = await settingsOfHosts(config, publicUrl)

  async function openHost(did: string): Promise<EntrywayHost> {
    const pds = await startOfficialPds({
      // Official PDSes do not call IP addresses.
      plcUrl: plc.url.replace('127.0.0.1', 'localhost'),
      env: {
        ...settings,
        PDS_SERVICE_DID: did,
        ...APP_VIEW,
      },
    })
    return { did, pds, proxy: await startHttpFaultProxy(pds.url) }
  }
  const hosts = [
    await openHost('did:web:pds-a.test'),
    await openHost('did:web:pds-b.test'),
  ] as const

  const choice: { pick: number | undefined } = { pick: undefined }
  const entryway: Entryway = createEntryway({
    accounts,
    safeFetch: fetch,
    random: () => choice.pick ?? Math.random(),
    fetch: (input, init) => {
      const url = String(input)
      const host = hosts.find(({ pds }) => url.startsWith(pds.url))
      // A dead PDS refuses connections, which the proxy cannot do.
      const isRunning = host?.pds.process.signalCode === null
      return fetch(host && isRunning ? url.replace(host.pds.url, host.proxy.url) : url, init)
    },
  })
  for (const { pds } of hosts) {
    await entryway.operator.addHost({ url: pds.url, adminPassword: pds.adminPassword })
  }

  const expireClaims = async (): Promise<void> => {
    await sql`update lexwright_account.did_operation set next_attempt_at = now() - interval '1 s'
      where published_at is null and next_attempt_at < 'infinity'`.execute(db)
    await sql`update lexwright_account.entryway_account
      set busy_until = null, unanswered_since = unanswered_since - interval '1 h'`.execute(db)
    await sql`update lexwright_account.entryway_move
      set next_attempt_at = now() - interval '1 s', sent_at = sent_at - interval '1 h'
      where finished_at is null and next_attempt_at is not null`.execute(db)
    await sql`update lexwright_account.entryway_outbox
      set claimed_until = null, next_attempt_at = now()`.execute(db)
    await sql`update lexwright_account.did_update set next_attempt_at = now()`.execute(db)
  }
  const handleOf = (name: string): string => `${name}.test`
  const person = (name: string) => ({
    handle: handleOf(name),
    email: `${name}@example.com`,
    password: PASSWORD,
  })
  const countAccounts = async (): Promise<Readonly<Record<string, number>>> => {
    const { rows } = await sql<{ status: string; count: number }>`
      select status, count(*)::int as count from lexwright_account.account group by status`.execute(
      db,
    )
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]))
  }
  const world: EntrywayWorld = {
    config,
    directory,
    plc,
    hosts,
    accounts,
    entryway,
    password: PASSWORD,
    get pick() {
      return choice.pick
    },
    set pick(value) {
      choice.pick = value
    },
    signUp: (name, inviteCode) =>
      accounts.service.create(
        { ...person(name), ...(inviteCode !== undefined && { inviteCode }) },
        'unlimited',
      ),
    logIn: (name) =>
      accounts.service.logIn({ name: handleOf(name), password: PASSWORD }, 'unlimited'),
    start: () => startProgram({ dataDirectory: data.path, env }),
    killAt: async (args, said) => {
      const child = spawn(process.execPath, ['--conditions=@lexwright/source', MAIN, ...args], {
        cwd: data.path,
        env: { PATH: process.env.PATH, ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let all = ''
      child.stderr.on('data', (bytes: Buffer) => {
        all += bytes.toString()
        if (all.includes(said)) child.kill('SIGKILL')
      })
      await once(child, 'close')
      assert.equal(child.signalCode, 'SIGKILL', all)
    },
    countAccounts,
    expireClaims,

    crash: (point, name) =>
      world.crashDuring(point, (url) =>
        new AtpBaseClient(url).com.atproto.server.createAccount(person(name)),
      ),

    crashDuring: async (point, call) => {
      await expireClaims()
      const program = await startProgram({
        dataDirectory: data.path,
        env,
        command: [DYING_PROGRAM, point],
      })
      const died = once(program.process, 'close')
      const answer = call(program.url).then(
        () => 'answered',
        () => 'died',
      )
      await died
      assert.equal(program.process.signalCode, 'SIGKILL', program.said())
      assert.equal(await answer, 'died', `${point} comes after the answer`)
    },

    settle: async () => {
      for (let round = 0; round < 20; round++) {
        await expireClaims()
        await accounts.runDueJobs()
        await entryway.runDueJobs()
        const isOver = !('pending' in (await countAccounts()))
        if (isOver && (await entryway.operator.listOutbox()).length === 0) return
      }
    },

    findWhole: async (name) => {
      const handle = handleOf(name)
      const { rows } = await sql<{ did: string; status: string; host: string }>`
        select account.did, status, host from lexwright_account.account
        join lexwright_account.entryway_account using (did) where handle = ${handle}`.execute(db)
      const [row] = rows
      assert.deepEqual([rows.length, row?.status], [1, 'active'], `${handle}: its row`)
      const did = row?.did ?? ''
      const host = hosts.find((each) => each.did === row?.host)
      assert.ok(host, `${handle}: its host`)
      for (const { pds, did: other } of hosts) {
        const query = new URLSearchParams({ repo: did })
        const response = await fetch(`${pds.url}/xrpc/com.atproto.repo.describeRepo?${query}`)
        assert.equal(response.status, other === host.did ? 200 : 400, `${handle} at ${other}`)
        if (!response.ok) continue
        const { didDoc, ...repository } = (await response.json()) as Record<string, unknown>
        assert.equal(repository.handle, handle)
        assert.equal(repository.handleIsCorrect, true)
        assert.ok(JSON.stringify(didDoc).includes(`"${pds.url}"`), `${handle}: its document`)
      }
      const named = [...(await readDids(directory))].flatMap(([each, { names }]) =>
        names.has(`at://${handle}`) ? [each] : [],
      )
      assert.deepEqual(named, [did], `${handle}: its DIDs`)
      return { did, host }
    },

    findLeftovers: () => findLeftovers({ db, directory, hosts, entryway }),
    countRepositories: async () => (await Promise.all(hosts.map(listRepositories))).flat().length,
    countDids: async () => (await readDids(directory)).size,

    close: async () => {
      for (const { pds, proxy } of hosts) {
        await proxy.close()
        await pds.close()
      }
      await entryway.stop()
      await accounts.stop()
      await mailer.close()
      await database.close()
      await plc.close()
      await directory.close()
      await data.remove()
    },
  }
  return world
}
