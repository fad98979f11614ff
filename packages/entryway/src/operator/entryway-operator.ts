import { type AccountExtension, violatedUniqueConstraint } from '@lexwright/account/extension'
import type { HostState } from '../hosts/host.ts'
import { type HostClient, HostUnavailable } from '../hosts/host-client.ts'
import type { Outbox, OutboxReport } from '../outbox/outbox.ts'
import type { HostStore, ListedHost } from '../store/host-store.ts'
import type { PendingUpdate } from '../store/outbox-store.ts'
import { HostError } from './host-error.ts'
import type { Passwords } from './passwords.ts'

export type { OutboxReport } from '../outbox/outbox.ts'
export type { ListedHost } from '../store/host-store.ts'
export type { HostUpdateKind, PendingUpdate } from '../store/outbox-store.ts'

/** A PDS to add as a host. */
export interface HostRequest {
  /** Its origin: https, or http on a loopback host. */
  readonly url: string
  readonly adminPassword: string
  /**
   * Its share of new accounts, relative to the weights of other hosts: a whole number, 1 by
   * default, 0 for none.
   */
  readonly weight?: number
}

/** Manages the hosts of an entryway, each named by its DID. Refusals are {@link HostError}s. */
export interface EntrywayOperator {
  /**
   * Adds a PDS that is configured for this entryway, or updates the URL, weight and password of an
   * existing host.
   */
  addHost(request: HostRequest): Promise<ListedHost>
  /** Lists hosts, oldest first. */
  listHosts(): Promise<readonly ListedHost[]>
  /** Stops giving a host new accounts. */
  drainHost(did: string): Promise<ListedHost>
  /** Resumes giving a host new accounts. */
  openHost(did: string): Promise<ListedHost>
  /** Removes a host without accounts. */
  removeHost(did: string): Promise<void>
  /**
   * Reseals the admin passwords of all hosts under the present key encryption key; returns how
   * many.
   */
  resealPasswords(): Promise<number>
  /**
   * Lists accounts with pending updates of their hosts, oldest first.
   *
   * @param limit 100 by default.
   */
  listOutbox(limit?: number): Promise<readonly PendingUpdate[]>
  /** Runs every pending update, including those that wait for a retry. */
  runOutbox(): Promise<OutboxReport>
}

interface OperatorParts {
  readonly extension: Pick<AccountExtension, 'audit' | 'now'>
  readonly store: HostStore
  readonly client: HostClient
  readonly passwords: Passwords
  readonly outbox: Outbox
}

export function createEntrywayOperator(parts: OperatorParts): EntrywayOperator {
  const { extension, store, passwords, outbox } = parts

  async function show(did: string): Promise<ListedHost> {
    const host = (await store.list()).find((each) => each.did === did)
    if (host === undefined) throw unknown(did)
    return host
  }

  async function audit(
    event: 'host.added' | 'host.changed' | 'host.removed',
    detail: Readonly<Record<string, string | number>>,
  ): Promise<void> {
    await extension.audit({ event, actor: 'admin', detail, at: await extension.now() })
  }

  async function setState(host: string, state: HostState): Promise<ListedHost> {
    if (!(await store.setState(host, state))) throw unknown(host)
    await audit('host.changed', { host, state })
    return await show(host)
  }

  return {
    addHost: async (request) => {
      const { url, did } = await checkHost(parts.client, request)
      const { adminPassword, weight = 1 } = request
      const at = await extension.now()
      const adminPasswordSealed = passwords.seal(did, adminPassword)
      await store.put({ did, url, weight, adminPasswordSealed, at }).catch((cause: unknown) => {
        if (violatedUniqueConstraint(cause) === undefined) throw cause
        throw new HostError('host-unusable', `Another host has the URL ${url}`, { cause })
      })
      await audit('host.added', { host: did, weight })
      return await show(did)
    },
    listHosts: () => store.list(),
    drainHost: (did) => setState(did, 'draining'),
    openHost: (did) => setState(did, 'open'),
    removeHost: async (did) => {
      if (!(await store.remove(did))) {
        const { accounts } = await show(did)
        throw new HostError(
          'host-in-use',
          `${did} still has accounts (${accounts}) or unfinished moves: move its accounts to other hosts first`,
        )
      }
      await audit('host.removed', { host: did })
    },
    resealPasswords: () => passwords.reseal(),
    listOutbox: (limit = 100) => outbox.list(limit),
    runOutbox: () => outbox.run({ evenLater: true }),
  }
}

/** @throws {HostError} if the PDS cannot be used as a host. */
async function checkHost(
  client: HostClient,
  { url: given, adminPassword }: HostRequest,
): Promise<{ readonly url: string; readonly did: string }> {
  const parsed = URL.parse(given)
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(parsed?.hostname ?? '')
  const isUsable = parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && isLoopback)
  if (parsed === null || !isUsable || parsed.href !== `${parsed.origin}/`) {
    throw new HostError(
      'host-unusable',
      `The URL of a host must be an https origin, or an http one on this machine, not ${given}`,
    )
  }
  const url = parsed.origin
  try {
    const did = await client.describe(url)
    if (!(await client.hasEntryway(url))) {
      throw new HostError(
        'host-unusable',
        `${url} is not configured for an entryway: add the settings that "pds settings" prints, and restart it`,
      )
    }
    if (!(await client.acceptsPassword(url, adminPassword))) {
      throw new HostError('host-unusable', `${url} refuses the admin password`)
    }
    return { url, did }
  } catch (cause) {
    if (!(cause instanceof HostUnavailable)) throw cause
    throw new HostError('host-unreachable', cause.message, { cause })
  }
}

function unknown(did: string): HostError {
  return new HostError('host-unknown', `There is no host ${did}; "pds list" shows all`)
}
