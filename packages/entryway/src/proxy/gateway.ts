import type { IncomingMessage } from 'node:http'
import {
  type AccountModule,
  type Clock,
  type TodaysMethod,
  todaysMethods,
} from '@lexwright/account'
import { createBackgroundJob, extensionOf, TOKEN_TYPES } from '@lexwright/account/extension'
import { createSafeFetch } from '../hosts/safe-fetch.ts'
import { createHostAdmission } from '../sessions/admit-hosts.ts'
import { createEntrywayStore } from '../store/store.ts'
import type { EntrywayTokens } from '../tokens/entryway-tokens.ts'
import { createArrivalMethods } from './arrival-methods.ts'
import { createProxy, type EntrywayProxy } from './create-proxy.ts'
import { type HostAddresses, watchHostAddresses } from './host-addresses.ts'
import { isProxied } from './methods.ts'

export interface GatewayOptions {
  readonly accounts: AccountModule
  /** The tokens that the account module was created with. */
  readonly tokens: EntrywayTokens
  /** Reverse proxies in front of the entryway that add to `X-Forwarded-For`; none by default. */
  readonly trustedProxies?: number
  /**
   * The client address of a call; by default Express's `req.ip`, or without Express the socket's
   * address.
   */
  readonly clientAddress?: (req: IncomingMessage) => string | undefined
  /** As for the entryway. */
  readonly safeFetch?: typeof globalThis.fetch
  /** The clock; the system's by default. */
  readonly clock?: Clock
}

/** Handles calls between clients, the entryway and the hosts. */
export interface Gateway extends Pick<EntrywayProxy, 'middleware'>, Pick<HostAddresses, 'trust'> {
  /** Today's methods that the account module answers; hosts answer all others. */
  readonly methods: readonly TodaysMethod[]
  /** Starts resolving the addresses of hosts. */
  start(): void
  /** Closes the connections to hosts. Final. */
  stop(): Promise<void>
}

/** Interval between resolutions of host names, in seconds. */
const RESOLVE_SECONDS = 60

/** Creates the gateway. From then on, hosts may call methods of the account module for their accounts. */
export function createGateway({
  accounts,
  tokens,
  trustedProxies = 0,
  clientAddress,
  safeFetch = createSafeFetch(),
  clock = { now: () => new Date() },
}: GatewayOptions): Gateway {
  const extension = extensionOf(accounts)
  const { policy, logger } = extension
  const { serviceDid, publicUrl } = policy
  const { arrivals, hosts, placements } = createEntrywayStore(extension.queries)
  const { describeSession, resolveHandle } = accounts.service

  extension.admitApps(
    createHostAdmission({
      serviceDid,
      findPlace: async (did) => {
        const place = await placements.find(did)
        const host = place && (await hosts.find(place.host))
        return host && { host, signingKey: place.signingKey }
      },
      describe: describeSession,
    }),
  )
  const proxy = createProxy({
    hosts: tokens.hosts,
    serviceDid,
    publicUrl,
    verifyToken: async (jwt) => {
      const check = { typ: TOKEN_TYPES.access, now: clock.now(), allowExpired: false }
      const { sub, aud } = await tokens.verify(jwt, check)
      await tokens.checkAudience?.('access', { did: String(sub), audience: aud })
    },
    resolveHandle,
    arrivalMethods: createArrivalMethods({ accounts, arrivals, safeFetch }),
    ...(clientAddress && { clientAddress }),
    logger,
  })
  const addresses = watchHostAddresses({ list: () => hosts.list(), trustedProxies })
  const job = createBackgroundJob({
    interval: RESOLVE_SECONDS,
    firstDelay: 0,
    run: () => addresses.refresh(),
    onFailure: (err) =>
      logger.warn({ err }, 'the addresses of hosts could not be resolved; the next run retries'),
  })

  return {
    methods: todaysMethods.filter((method) => !isProxied(method)),
    middleware: proxy.middleware,
    trust: addresses.trust,
    start: () => job.start(),
    stop: async () => {
      await job.stop()
      proxy.close()
    },
  }
}
