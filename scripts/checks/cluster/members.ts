import type { PatroniNode } from './patroni-node.ts'

/** A line of Patroni's `GET /cluster`. */
export interface Member {
  readonly name: string
  readonly role: string
  readonly state: string
  readonly timeline?: number
  readonly lag?: number | string
}

/** In bytes; more than the lag of any replica under load. */
const LAG = 1_000_000

/** Returns the members as seen by the first node that answers; none if no node answers. */
export async function readMembers(nodes: readonly PatroniNode[]): Promise<readonly Member[]> {
  for (const { apiPort } of nodes) {
    const members = await fetch(`http://127.0.0.1:${apiPort}/cluster`, {
      signal: AbortSignal.timeout(2_000),
    })
      .then(async (response) => (await response.json()) as { readonly members?: readonly Member[] })
      .then(
        ({ members }) => members,
        () => undefined,
      )
    if (members !== undefined) return members
  }
  return []
}

/** True if `size` members run, all but one follow the leader, and one of them is synchronous. */
export function isHealthy(members: readonly Member[], size: number): boolean {
  const leader = members.find(({ role }) => role === 'leader')
  const isFollowing = ({ timeline, lag = 0 }: Member) =>
    timeline === leader?.timeline && typeof lag === 'number' && lag < LAG
  return (
    members.length === size &&
    leader !== undefined &&
    members.every(({ state }) => state === 'running' || state === 'streaming') &&
    members.every(isFollowing) &&
    (size === 1 || members.some(({ role }) => role === 'sync_standby'))
  )
}
