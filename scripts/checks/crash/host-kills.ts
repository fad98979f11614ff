import assert from 'node:assert/strict'
import type { EntrywayWorld } from './entryway-world.ts'
import { NO_LEFTOVERS } from './leftovers.ts'
import { expectWritten, post, write } from './written.ts'

/**
 * When a PDS is killed:
 *
 * - `arrival`: when the request reaches it.
 * - `directory`: when its own request reaches the directory, which does not process it.
 * - `published`: when the directory has processed its request, and has not answered.
 * - `answer`: when it has processed the request, and the answer has not arrived.
 */
export type Moment = 'arrival' | 'directory' | 'published' | 'answer'

/** A kill of a PDS by SIGKILL during a request. */
export interface HostKill {
  readonly change: Change
  /** 0: the PDS with the account; 1: the one it moves to. */
  readonly at: 0 | 1
  /** Without `com.atproto.` */
  readonly method: string
  /** Which request of the method, from 1. */
  readonly nth: number
  readonly moment: Moment
}

type Change =
  | 'sign-up'
  | 'sign-up at the only host'
  | 'handle'
  | 'deactivation'
  | 'activation'
  | 'deletion'
  | 'purge'
  | 'move'

interface Subject {
  readonly world: EntrywayWorld
  readonly name: string
  /** Empty before a sign-up. */
  readonly did: string
}

interface Steps {
  /** Prepares the account of most changes. */
  readonly prepare?: (subject: Subject) => Promise<unknown>
  readonly act: (subject: Subject) => Promise<unknown>
  /** Shows the change to the operator until the PDS has it; rejects otherwise. */
  readonly show?: (subject: Subject) => Promise<unknown>
  /** Checks the result, once the PDS runs again. */
  readonly verify: (subject: Subject, isAnswered: boolean) => Promise<unknown>
}

const showsInOutbox = async ({ world, did }: Subject): Promise<void> => {
  const pending = await world.entryway.operator.listOutbox()
  assert.deepEqual(
    pending.map((each) => each.did),
    [did],
    'the outbox',
  )
}
const isWhole = async ({ world, name }: Subject): Promise<unknown> => await world.findWhole(name)

const signUp: Steps = {
  act: ({ world, name }) => world.signUp(name),
  verify: async ({ world, name }, isAnswered) => {
    // The repeated request continues the first one, or finds its name free.
    if (!isAnswered) await world.signUp(name)
    await world.findWhole(name)
  },
}

const changes: Readonly<Record<Change, Steps>> = {
  'sign-up': signUp,
  'sign-up at the only host': {
    ...signUp,
    prepare: async ({ world: { entryway, hosts } }) => {
      await entryway.operator.drainHost(hosts[1].did)
    },
    verify: async (subject, isAnswered) => {
      const { entryway, hosts } = subject.world
      await entryway.operator.openHost(hosts[1].did)
      await signUp.verify(subject, isAnswered)
    },
  },
  handle: {
    act: ({ world, did, name }) => world.accounts.operator.changeHandle(did, `${name}-new.test`),
    show: showsInOutbox,
    verify: ({ world, name }) => world.findWhole(`${name}-new`),
  },
  deactivation: {
    act: ({ world, did }) => world.accounts.operator.deactivateAccount(did),
    show: showsInOutbox,
    verify: (subject) => expectStatus(subject, { isDeactivated: true }),
  },
  activation: {
    prepare: ({ world, did }) => world.accounts.operator.deactivateAccount(did),
    act: ({ world, did }) => world.accounts.operator.activateAccount(did),
    show: showsInOutbox,
    verify: isWhole,
  },
  deletion: {
    act: ({ world, did }) => world.accounts.operator.deleteAccount(did),
    show: showsInOutbox,
    verify: (subject) => expectStatus(subject, { isTakenDown: true }),
  },
  purge: {
    prepare: ({ world, did }) => world.accounts.operator.deleteAccount(did),
    act: ({ world, did }) => world.accounts.operator.purgeAccount(did),
    show: showsInOutbox,
    verify: async ({ world, did }) => {
      for (const { pds } of world.hosts) {
        const query = new URLSearchParams({ did })
        const answer = await fetch(`${pds.url}/xrpc/com.atproto.sync.getRepoStatus?${query}`)
        assert.equal(answer.status, 400)
      }
    },
  },
  move: {
    prepare: async ({ world, name }) => await write(world.hosts[0], await world.logIn(name)),
    act: ({ world, did }) => world.entryway.moves.move(did, world.hosts[1].did),
    show: async ({ world, did }) => {
      const moves = await world.entryway.moves.list()
      assert.deepEqual(
        moves.map((move) => [move.did, typeof move.lastError]),
        [[did, 'string']],
        'the list of moves',
      )
    },
    verify: async ({ world, name }) => {
      const [, host] = world.hosts
      assert.equal((await world.findWhole(name)).host, host)
      const session = await world.logIn(name)
      await post(host, session)
      await expectWritten(world, { host, session, posts: 2 })
    },
  },
}

const ANY: readonly Moment[] = ['arrival', 'answer']
const PUBLISHING: readonly Moment[] = ['arrival', 'directory', 'published', 'answer']
const READING: readonly Moment[] = ['arrival', 'directory', 'answer']

type Row = readonly [at: 0 | 1, method: string, moments: readonly Moment[], nth?: number]

const creation: readonly Row[] = [
  [0, 'repo.describeRepo', ANY],
  [0, 'server.reserveSigningKey', ANY],
  [0, 'server.createAccount', PUBLISHING],
]

const requests: Readonly<Record<Change, readonly Row[]>> = {
  'sign-up': creation,
  'sign-up at the only host': creation,
  handle: [[0, 'admin.updateAccountHandle', READING]],
  deactivation: [
    [0, 'admin.getSubjectStatus', ANY],
    [0, 'admin.updateSubjectStatus', ANY],
  ],
  activation: [
    [0, 'admin.getSubjectStatus', ANY],
    [0, 'admin.updateSubjectStatus', READING],
  ],
  deletion: [
    [0, 'admin.getSubjectStatus', ANY],
    [0, 'admin.updateSubjectStatus', ANY],
  ],
  purge: [[0, 'admin.deleteAccount', ANY]],
  move: [
    [0, 'sync.getRepoStatus', ANY],
    [1, 'sync.getRepoStatus', ANY],
    [1, 'repo.describeRepo', ANY],
    [0, 'admin.updateSubjectStatus', ANY],
    [1, 'server.reserveSigningKey', ANY],
    [1, 'server.createAccount', PUBLISHING],
    // Deactivates the account at the new PDS.
    [1, 'admin.updateSubjectStatus', ANY],
    [0, 'server.checkAccountStatus', ANY],
    [1, 'server.checkAccountStatus', ANY],
    [0, 'sync.getRepo', ANY],
    [1, 'repo.importRepo', ANY],
    [1, 'repo.listMissingBlobs', ANY],
    [0, 'sync.getBlob', ANY],
    [1, 'repo.uploadBlob', ANY],
    [0, 'app.bsky.actor.getPreferences', ANY],
    [1, 'app.bsky.actor.putPreferences', ANY],
    [1, 'admin.updateSubjectStatus', READING, 2],
    [1, 'repo.applyWrites', ANY],
    [1, 'admin.updateSubjectStatus', ANY, 3],
  ],
}

/** Every request to a PDS in a change of an account, at each moment. */
export const hostKills: readonly HostKill[] = Object.entries(requests).flatMap(([change, rows]) =>
  rows.flatMap(([at, method, moments, nth = 1]) =>
    moments.map((moment) => ({ change: change as Change, at, method, nth, moment })),
  ),
)

export function titleOf({ change, at, method, nth, moment }: HostKill): string {
  const pds = change !== 'move' ? 'the PDS' : at === 0 ? 'the old PDS' : 'the new PDS'
  const which = nth === 1 ? method : `${method} (${nth})`
  return `${change}: ${pds} killed at ${which}, ${moment}`
}

/**
 * Kills a PDS during a change of an account of this name, starts it again, and checks that nothing is lost or
 * left over.
 *
 * @throws {AssertionError}
 */
export async function runHostKill(
  world: EntrywayWorld,
  kill: HostKill,
  name: string,
): Promise<void> {
  const { act, show, verify, prepare }: Steps = changes[kill.change]
  world.pick = 0
  const isNew = signUp.act === act
  const subject = { world, name, did: isNew ? '' : (await world.signUp(name)).did }
  await prepare?.(subject)
  const { pds } = world.hosts[kill.at]
  let kills = 0
  fail(world, kill, async () => {
    kills++
    await pds.kill()
  })
  const failure = await act(subject).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.equal(kills, 1, `kills; ${failure}`)
  const mayFail = isNew || kill.change === 'move'
  if (!mayFail) assert.equal(failure, undefined)
  if (failure !== undefined || !mayFail) await show?.(subject)
  for (const { proxy } of world.hosts) proxy.fail('pass')
  world.plc.fail('pass')
  await pds.start()
  await world.settle()
  // Only a move that has not begun waits for the operator.
  for (const { did, to, nextAttemptAt } of await world.entryway.moves.list()) {
    assert.equal(nextAttemptAt, undefined, 'a move continues by itself')
    await world.entryway.moves.move(did, to)
    await world.settle()
  }
  await verify(subject, failure === undefined)
  assert.deepEqual(await world.findLeftovers(), NO_LEFTOVERS)
}

function fail(
  { hosts, plc }: EntrywayWorld,
  { at, method, nth, moment }: HostKill,
  kill: () => Promise<void>,
): void {
  const nsid = method.startsWith('app.') ? method : `com.atproto.${method}`
  const earlier = Array.from({ length: nth - 1 }, () => 'pass' as const)
  const isMeant = (request: string): boolean => request.includes(`/${nsid}?`)
  switch (moment) {
    case 'arrival':
      hosts[at].proxy.fail([...earlier, { before: kill }], isMeant)
      break
    case 'answer':
      hosts[at].proxy.fail([...earlier, { after: kill }], isMeant)
      break
    default: {
      const verb = method === 'server.createAccount' ? 'POST' : 'GET'
      const fault = moment === 'directory' ? { before: kill } : { after: kill }
      plc.fail([fault], (request) => request.startsWith(verb))
    }
  }
}

interface HostStatus {
  readonly isDeactivated?: boolean
  readonly isTakenDown?: boolean
}

/** Checks the status of an account at its host. */
async function expectStatus(
  { world, did }: Subject,
  { isDeactivated = false, isTakenDown = false }: HostStatus,
): Promise<void> {
  const { pds } = world.hosts[0]
  const query = new URLSearchParams({ did })
  const response = await fetch(`${pds.url}/xrpc/com.atproto.admin.getSubjectStatus?${query}`, {
    headers: { authorization: `Basic ${btoa(`admin:${pds.adminPassword}`)}` },
  })
  const { takedown, deactivated } = (await response.json()) as {
    readonly takedown?: { readonly applied: boolean }
    readonly deactivated?: { readonly applied: boolean }
  }
  assert.deepEqual(
    [deactivated?.applied ?? false, takedown?.applied ?? false],
    [isDeactivated, isTakenDown],
  )
}
