import { createBackgroundJob, extensionOf } from '@lexwright/account/extension'
import {
  type AdoptionOptions,
  type AdoptionReport,
  adoptAccounts,
} from './adoption/adopt-accounts.ts'
import type { CreationParts } from './creation/attempt.ts'
import { createRepositoryHosts } from './creation/find-place.ts'
import { createHostedIdentity, hasUpdates } from './creation/hosted-identity.ts'
import { checkHosts } from './hosts/check-hosts.ts'
import { createHosts } from './hosts/create-hosts.ts'
import type { Hosts } from './hosts/host.ts'
import { createHostClient } from './hosts/host-client.ts'
import { createSafeFetch } from './hosts/safe-fetch.ts'
import { createArrivals } from './moves/arrivals.ts'
import { createMoves, type Moves } from './moves/create-moves.ts'
import { createEntrywayOperator, type EntrywayOperator } from './operator/entryway-operator.ts'
import { createPasswords } from './operator/passwords.ts'
import type { EntrywayOptions } from './options.ts'
import { followChanges } from './outbox/follow-changes.ts'
import { createOutbox } from './outbox/outbox.ts'
import { findHostOperator } from './sessions/admit-operators.ts'
import { entrywayMigrations } from './store/migrations.ts'
import { createEntrywayStore } from './store/store.ts'

/** One account service in front of many PDSes. */
export interface Entryway {
  readonly hosts: Hosts
  readonly operator: EntrywayOperator
  readonly moves: Moves
  /**
   * Imports the accounts of a PDS that is already a host, and places them there. Idempotent.
   *
   * @param lines as for the operator's `importAccounts`.
   * @throws {HostError} if there is no such host.
   */
  adoptAccounts(
    lines: Iterable<string> | AsyncIterable<string>,
    options: AdoptionOptions,
  ): Promise<AdoptionReport>
  /**
   * Brings the tables up to date, after those of the account module, and returns the names of the
   * applied migrations.
   */
  migrate(): Promise<readonly string[]>
  /** Starts checking the health of hosts and running pending updates of them. */
  start(): void
  /** Runs all due jobs once, for applications with a scheduler of their own. */
  runDueJobs(): Promise<void>
  /** Stops background work once the current run is done. Final. */
  stop(): Promise<void>
}

/** Interval at which each process tries to claim due health checks, in seconds. */
const CHECK_SECONDS = 10
/** Interval at which each process tries to claim moves that are due, in seconds. */
const MOVE_SECONDS = 30
/** Timeout of a call of a move, in milliseconds. */
const MOVE_CALL_TIMEOUT_MS = 30_000
/** Interval at which each process tries to claim due updates of hosts, in seconds. */
const OUTBOX_SECONDS = 5

/**
 * Creates the entryway. From then on, repositories of new accounts are created at hosts.
 *
 * @throws {RangeError} if the account module has no directory.
 */
export function createEntryway(options: EntrywayOptions): Entryway {
  const { random = Math.random } = options
  const extension = extensionOf(options.accounts)
  const { logger } = extension
  const store = createEntrywayStore(extension.queries)
  const hosts = createHosts(store.hosts)
  const passwords = createPasswords(extension, store.hosts)
  const calling = {
    passwordOf: passwords.find,
    ...(options.fetch && { fetch: options.fetch }),
  }
  const client = createHostClient(calling)
  const { updates } = extension.publishThrough((directory) => {
    if (!hasUpdates(directory))
      throw new RangeError(
        'An entryway needs an identity provider that can update DIDs, such as plcIdentity()',
      )
    const { placements } = store
    const parts: CreationParts = { extension, directory, hosts, client, placements, random }
    return createHostedIdentity(
      parts,
      createRepositoryHosts({ hosts, client, logger, random, arrivals: () => arrivals }),
    )
  })
  const { resolveDid } = options.accounts.service
  const outbox = createOutbox({ extension, store: store.outbox, client, resolveDid })
  extension.admitHostOperators(findHostOperator({ hosts, passwords }))
  extension.followChanges(followChanges(outbox))
  const checkParts = { store, client, extension }
  const healthChecks = createBackgroundJob({
    interval: CHECK_SECONDS,
    run: () => checkHosts(checkParts),
    onFailure: (err) =>
      logger.warn({ err }, 'the health of hosts could not be checked; the next run retries'),
  })
  const hostUpdates = createBackgroundJob({
    interval: OUTBOX_SECONDS,
    run: () => outbox.run(),
    onFailure: (err) =>
      logger.warn({ err }, 'pending updates of hosts could not be read; the next run retries'),
  })

  const { fetch = globalThis.fetch, safeFetch = createSafeFetch() } = options
  const moves = createMoves({
    extension,
    accounts: options.accounts.operator,
    updates,
    hosts,
    // Nobody waits for an answer, and a busy host answers late.
    client: createHostClient({ ...calling, timeoutMs: MOVE_CALL_TIMEOUT_MS }),
    placements: store.placements,
    moves: store.moves,
    arrivals: store.arrivals,
    copies: store.copies,
    passwordOf: passwords.find,
    fetch,
    safeFetch,
    random,
  })
  const stopping = new AbortController()
  const arrivals = createArrivals({
    extension,
    accounts: options.accounts.operator,
    updates,
    hosts,
    client,
    store,
    moves,
    safeFetch,
    logger,
    random,
    signal: stopping.signal,
  })
  const continueMoves = async (): Promise<void> => {
    await arrivals.expire()
    await moves.runDue(stopping.signal)
  }
  const moveJob = createBackgroundJob({
    interval: MOVE_SECONDS,
    run: continueMoves,
    onFailure: (err) => logger.warn({ err }, 'moves could not be continued; the next run retries'),
  })

  const { operator: accounts } = options.accounts
  const { placements } = store
  const adoption = { accounts, extension, updates, hosts, client, placements }

  return {
    hosts,
    moves,
    adoptAccounts: (lines, from) => adoptAccounts(adoption, lines, from),
    operator: createEntrywayOperator({
      extension,
      store: store.hosts,
      client,
      passwords,
      outbox,
    }),
    migrate: () => extension.migrate(entrywayMigrations),
    start: () => {
      healthChecks.start()
      moveJob.start()
      hostUpdates.start()
    },
    runDueJobs: async () => {
      await checkHosts(checkParts)
      await continueMoves()
      await outbox.run()
    },
    stop: async () => {
      stopping.abort()
      await Promise.all([
        healthChecks.stop(),
        moveJob.stop(),
        hostUpdates.stop(),
        arrivals.settled(),
      ])
    },
  }
}
