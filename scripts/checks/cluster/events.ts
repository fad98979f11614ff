import type { PatroniNode } from './patroni-node.ts'
import type { PostgresCluster } from './postgres-cluster.ts'
import { until } from './programs.ts'

/** Something that happens to the cluster. */
export interface ClusterEvent {
  readonly name: string
  /** Resolves once the cluster has a leader again; `repair` then brings the node back. */
  happen(cluster: PostgresCluster): Promise<{ readonly repair: () => Promise<void> }>
}

/** Resolves once another node is the leader. */
async function succession(cluster: PostgresCluster, former: PatroniNode): Promise<void> {
  await until(
    async () => {
      const leader = await cluster.leader().catch(() => former)
      return leader !== former
    },
    'another leader',
    120,
  )
}

const nothing = async (): Promise<void> => {}

export const clusterEvents: readonly ClusterEvent[] = [
  {
    name: 'leader-killed',
    happen: async (cluster) => {
      const leader = await cluster.leader()
      await leader.kill()
      await succession(cluster, leader)
      return { repair: leader.start }
    },
  },
  {
    name: 'leader-frozen',
    happen: async (cluster) => {
      const leader = await cluster.leader()
      leader.freeze()
      await succession(cluster, leader)
      return { repair: async () => leader.thaw() }
    },
  },
  {
    name: 'leader-cut-off',
    happen: async (cluster) => {
      const leader = await cluster.leader()
      leader.cut()
      await succession(cluster, leader)
      return { repair: async () => leader.heal() }
    },
  },
  {
    name: 'switch-over',
    happen: async (cluster) => {
      const leader = await cluster.leader()
      const candidate = await cluster.synchronousStandby()
      await cluster.patronictl(
        ...['switchover', '--leader', leader.name, '--candidate', candidate.name, '--force', 'pds'],
      )
      await succession(cluster, leader)
      return { repair: nothing }
    },
  },
  {
    name: 'replica-rebuilt',
    happen: async (cluster) => {
      const replica = await cluster.synchronousStandby()
      await cluster.patronictl('reinit', 'pds', replica.name, '--force', '--wait')
      return { repair: nothing }
    },
  },
]
