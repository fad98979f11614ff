import type { AccountExtension } from '@lexwright/account/extension'
import type { EntrywayStore } from '../store/store.ts'
import type { Host } from './host.ts'
import type { HostClient } from './host-client.ts'

/** Interval between health checks of a host, over all processes, in seconds. */
const CHECK_SECONDS = 30

interface CheckParts {
  readonly store: Pick<EntrywayStore, 'hosts' | 'outbox'>
  readonly client: HostClient
  readonly extension: Pick<AccountExtension, 'now' | 'logger'>
}

/**
 * Checks the health of all hosts that are due. A claim moves the due time forward, so only one
 * process checks each host.
 */
export async function checkHosts(parts: CheckParts): Promise<void> {
  const { store, extension } = parts
  const now = await extension.now()
  const next = new Date(now.getTime() + CHECK_SECONDS * 1000)
  const hosts = await store.hosts.claimChecks({ now, next })
  await Promise.all(hosts.map((host) => checkHost(parts, host)))
}

async function checkHost({ store, client, extension }: CheckParts, host: Host): Promise<void> {
  const error = await findFault(client, host)
  const at = await extension.now()
  await store.hosts.recordCheck({ did: host.did, at, error })
  if (host.isHealthy === (error === undefined)) return
  const { did, url } = host
  if (error === undefined) {
    extension.logger.info({ host: did, url }, 'a host is healthy again')
    await store.outbox.bringForward(at, did)
  } else extension.logger.warn({ host: did, url, reason: error }, 'a host failed its health check')
}

async function findFault(client: HostClient, { did, url }: Host): Promise<string | undefined> {
  try {
    const found = await client.describe(url)
    return found === did ? undefined : `${url} has the DID ${found} instead of ${did}`
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  }
}
