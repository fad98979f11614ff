import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { type PatroniNode, SUPERUSER } from './patroni-node.ts'

/** A time without a leader, in milliseconds of `performance.now()`. */
export interface Outage {
  /** Start of the outage: the last time there was a leader. */
  readonly from: number
  /** End of the outage; infinity while it lasts. */
  readonly to: number
}

/** Records when no node was the leader. */
export interface LeaderWatch {
  readonly outages: () => readonly Outage[]
  close(): Promise<void>
}

const INTERVAL_MS = 200
const PATIENCE_MS = 1_000

/** A leader is a node that Patroni says is the primary, and whose PostgreSQL accepts writes. */
export function watchLeader(nodes: readonly PatroniNode[]): LeaderWatch {
  const outages: { from: number; to: number }[] = []
  let lastSeen = performance.now()
  let isClosed = false

  const look = async (): Promise<void> => {
    while (!isClosed) {
      const asked = performance.now()
      const leaders = await Promise.all(nodes.map(leads))
      const last = outages.at(-1)
      if (leaders.includes(true)) {
        lastSeen = asked
        if (last?.to === Number.POSITIVE_INFINITY) last.to = performance.now()
      } else if (last?.to !== Number.POSITIVE_INFINITY) {
        outages.push({ from: lastSeen, to: Number.POSITIVE_INFINITY })
      }
      await delay(INTERVAL_MS)
    }
  }
  const looking = look()
  return {
    outages: () => outages,
    close: async () => {
      isClosed = true
      await looking
    },
  }
}

async function leads({ port, apiPort }: PatroniNode): Promise<boolean> {
  const isPrimary = await fetch(`http://127.0.0.1:${apiPort}/primary`, {
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).then(
    async (response) => {
      await response.arrayBuffer()
      return response.ok
    },
    () => false,
  )
  if (!isPrimary) return false
  const client = new pg.Client({
    connectionString: `postgres://${SUPERUSER}@127.0.0.1:${port}/postgres`,
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query('select pg_is_in_recovery() as replica')
    return rows[0]?.replica === false
  } catch {
    return false
  } finally {
    // A frozen server would never confirm the end.
    void client.end().catch(() => {})
  }
}
