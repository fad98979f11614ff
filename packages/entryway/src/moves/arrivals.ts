import { setTimeout as delay } from 'node:timers/promises'
import {
  type AccountModule,
  DidNotAvailable,
  type DidUpdates,
  TemporarilyUnavailable,
} from '@lexwright/account'
import {
  type AccountExtension,
  type ArrivalPlace,
  type Arrivals,
  type ArrivingAccount,
  readOperation,
} from '@lexwright/account/extension'
import { assertHandleFree, findHost, type HostChoice } from '../creation/find-place.ts'
import { type HostClient, HostUnavailable } from '../hosts/host-client.ts'
import type { Arrival } from '../store/arrival-store.ts'
import { type EntrywayStore, findHome, keepArrival } from '../store/store.ts'
import type { MovesWithJob } from './create-moves.ts'
import { MoveError } from './move.ts'
import { findPublicCommit } from './public-commit.ts'

/*
 * A host creates an account only from an operation that the entryway signs on top of one that already names the host. So an account from
 * another PDS is reserved here first, deactivated, and is at no host until its owner submits that operation. Uploads of the owner are
 * not kept: afterwards everything is copied from the old PDS, including posts made meanwhile, by the steps of a move.
 */

interface ArrivalParts extends HostChoice {
  readonly extension: Pick<AccountExtension, 'logger' | 'now' | 'queries'>
  readonly accounts: AccountModule['operator']
  readonly updates: DidUpdates
  readonly client: HostClient
  readonly store: Pick<EntrywayStore, 'arrivals' | 'hosts' | 'moves'>
  readonly moves: Pick<MovesWithJob, 'receive'>
  readonly safeFetch: typeof globalThis.fetch
  /** Ends all work. */
  readonly signal: AbortSignal
}

export interface ArrivalsWithJob extends Arrivals {
  /** Removes accounts whose owners have not submitted the operation for a week. */
  expire(): Promise<void>
  /** Resolves when no move started by a client is running. */
  settled(): Promise<void>
}

/** How long a client waits for the data, in milliseconds. */
const MAX_WAIT_MS = 25_000
const POLL_MS = 500
/** Timeout of the checks before an operation is published, in milliseconds. */
const CHECK_MS = 10_000
/** Pause before other processes check whether an operation was published. */
const RECHECK_SECONDS = 60
const EXPIRY_SECONDS = 7 * 24 * 60 * 60

export function createArrivals(parts: ArrivalParts): ArrivalsWithJob {
  const { accounts, client, extension, hosts, moves, safeFetch, store, updates } = parts
  const { logger, now, queries } = extension
  const running = new Set<Promise<unknown>>()

  async function findPlace({
    did,
    handle,
    endpoint,
  }: ArrivingAccount): Promise<ArrivalPlace | undefined> {
    if ((await findHome(queries, did)) !== undefined) return undefined
    const from = await checkSource(did, endpoint)
    const at = await now()
    return await findHost(parts, async (host) => {
      await assertHandleFree(client, host, { handle, did })
      // A copy that the entryway does not know could be mistaken for the account.
      if ((await client.findRepository(host, did, parts.signal)) !== 'absent') return undefined
      const signingKey = await client.reserveKey(host, { did })
      const arrival = { did, from, to: host.did, signingKey, at }
      return { keep: (transaction) => keepArrival(transaction, arrival) }
    })
  }

  /** The origin of the PDS that an account comes from. */
  async function checkSource(did: string, endpoint: string | undefined): Promise<string> {
    if (!did.startsWith('did:plc:')) {
      throw new DidNotAvailable('Only accounts with a did:plc can move in')
    }
    if (endpoint === undefined || !URL.canParse(endpoint)) {
      throw new DidNotAvailable('The DID names no PDS that the account could move from')
    }
    const { origin } = new URL(endpoint)
    if ((await store.hosts.findByUrl(origin)) !== undefined) {
      throw new DidNotAvailable('The DID already names a PDS of this service')
    }
    return origin
  }

  async function check(arrival: Arrival): Promise<void> {
    const { did, to } = arrival
    const host = await hosts.byDid(to)
    if (host === undefined) throw new Error(`There is no host ${to}`)
    const signal = AbortSignal.any([parts.signal, AbortSignal.timeout(CHECK_MS)])
    const log = await updates.readLog(did, { signal })
    const head = log.findLast(({ nullified }) => !nullified)?.operation
    const endpoint = head && readOperation(head)?.services.atproto_pds?.endpoint
    const from = endpoint === host.url ? arrival.from : await checkSource(did, endpoint)
    await findPublicCommit(safeFetch, { url: from, did, signal })
    const { handle } = await accounts.showAccount(did)
    await assertHandleFree(client, host, { handle: handle ?? '', did })
    const signingKey = await client.reserveKey(host, { did, signal })
    await store.arrivals.change({ did, from, signingKey })
  }

  /** True if the move is complete; undefined if another process holds it. */
  function attempt(did: string): Promise<boolean | undefined> {
    const attempted = moves.receive(did, parts.signal).then(
      (isComplete) => isComplete || undefined,
      (cause: unknown) => {
        if (cause instanceof MoveError) return false
        throw cause
      },
    )
    running.add(attempted)
    const forget = (): void => void running.delete(attempted)
    attempted.then(forget, forget)
    return attempted
  }

  async function isMoving(did: string): Promise<boolean> {
    const move = await store.moves.find(did)
    return move !== undefined && !move.from.startsWith('did:')
  }

  return {
    findPlace,

    prepare: async (did) => {
      const arrival = await store.arrivals.find(did)
      if (arrival === undefined) return
      try {
        await check(arrival)
      } catch (cause) {
        if (!(cause instanceof HostUnavailable)) throw cause
        throw new TemporarilyUnavailable(`${cause.message}; the account stays where it is`, {
          cause,
          retryAfterSeconds: 60,
          part: 'host',
        })
      }
      const at = await now()
      await store.arrivals.expectOwner(did, new Date(at.getTime() + RECHECK_SECONDS * 1000))
    },

    receive: async (did) => {
      const over = new AbortController()
      const late = delay(MAX_WAIT_MS, false, { ref: false, signal: over.signal })
      late.catch(() => {})
      try {
        while (await isMoving(did)) {
          const outcome = await Promise.race([attempt(did), late])
          if (outcome === false) {
            throw new TemporarilyUnavailable(
              'The account is still moving in; try again in a minute',
              { retryAfterSeconds: 60, part: 'host' },
            )
          }
          if (outcome === undefined) await delay(POLL_MS)
        }
      } finally {
        over.abort()
      }
    },

    expire: async () => {
      const reservedBefore = new Date((await now()).getTime() - EXPIRY_SECONDS * 1000)
      for (const did of await store.arrivals.listWaiting(reservedBefore)) {
        try {
          // The owner may have published the operation without this service.
          if ((await attempt(did)) !== false) continue
          if (!(await store.arrivals.listWaiting(reservedBefore)).includes(did)) continue
          await accounts.deleteAccount(did)
          await accounts.purgeAccount(did)
          logger.info({ did }, 'an account that its owner did not move in was removed')
        } catch (err) {
          logger.warn({ did, err }, 'an account could not be removed; the next run tries again')
        }
      }
    },

    settled: async () => {
      await Promise.allSettled(running)
    },
  }
}
