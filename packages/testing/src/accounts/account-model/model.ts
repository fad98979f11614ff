import assert from 'node:assert/strict'
import { type ModelledSystem, readAccount, readUsesLeft } from './system.ts'

/** A login as its client sees it. */
export interface ModelSession {
  readonly epoch: number
  readonly authTime: Date
  readonly access: string[]
  /** Every refresh token of the family, oldest first. */
  readonly refresh: string[]
  rotatedAt: Date
  isRevoked: boolean
}

/**
 * A person with at most one account at a time. `held` means purged, with the handle still reserved.
 */
export interface Slot {
  readonly handle: string
  readonly email: string
  status: 'none' | 'pending' | 'active' | 'disabled' | 'deleted' | 'held'
  wasDisabled: boolean
  did: string | undefined
  invite: number
  password: string
  epoch: number
  /** True if a client ever received a session. */
  isAnswered: boolean
  activatedAt: Date | undefined
  purgeAfter: Date | undefined
  sessions: ModelSession[]
  isResetWanted: boolean
  code: { readonly text: string; readonly expiresAt: Date } | undefined
  readonly spentCodes: string[]
}

/** The simplest possible model of accounts. */
export interface Model {
  readonly slots: readonly Slot[]
  readonly invites: readonly { readonly code: string; left: number }[]
  /** The owner of every DID that ever existed. */
  readonly dids: Map<string, Slot>
}

export const FIRST_PASSWORD = 'correct horse battery'

export function createSlot(name: string): Slot {
  return {
    handle: `${name}.test`,
    email: `${name}@example.com`,
    spentCodes: [],
    ...emptySlot(),
  }
}

function emptySlot(): Omit<Slot, 'handle' | 'email' | 'spentCodes'> {
  return {
    status: 'none',
    wasDisabled: false,
    did: undefined,
    invite: -1,
    password: FIRST_PASSWORD,
    epoch: 0,
    isAnswered: false,
    activatedAt: undefined,
    purgeAfter: undefined,
    sessions: [],
    isResetWanted: false,
    code: undefined,
  }
}

export function emptyOut(slot: Slot): void {
  Object.assign(slot, emptySlot())
}

export function isLive(slot: Slot, session: ModelSession): boolean {
  return (
    (slot.status === 'active' || slot.status === 'disabled') &&
    !session.isRevoked &&
    session.epoch === slot.epoch
  )
}

/** Adopts values that only the real system decides, after checking them. */
export async function learn(model: Model, system: ModelledSystem, slot: Slot): Promise<void> {
  const stored = await readAccount(system, slot.handle)
  if (stored === undefined) return
  slot.activatedAt = stored.activatedAt
  if (slot.did === stored.did) return
  assert.equal(slot.did, undefined, 'an account got another DID')
  assert.ok(!model.dids.has(stored.did), 'a DID was handed out twice')
  model.dids.set(stored.did, slot)
  slot.did = stored.did
}

/** Asserts every invariant; called after each step. */
export async function assertHolds(model: Model, system: ModelledSystem): Promise<void> {
  for (const { code, left } of model.invites) assert.equal(await readUsesLeft(system, code), left)
  for (const slot of model.slots) {
    const stored = await readAccount(system, slot.handle)
    const status = stored?.isPurged ? 'held' : (stored?.status ?? 'none')
    assert.equal(status, slot.status, slot.handle)
    assert.equal(stored?.did, slot.did)
    for (const session of slot.sessions) await assertSession(slot, session, system)
    const isPublic = slot.status === 'active' || slot.status === 'disabled'
    if (isPublic) assert.ok(system.directory.log.has(slot.did ?? ''), 'nobody can resolve it')
  }
}

/** An access token works exactly as long as its session. */
async function assertSession(
  slot: Slot,
  session: ModelSession,
  { harness }: ModelledSystem,
): Promise<void> {
  const expected = isLive(slot, session) ? slot.status : 'ExpiredToken'
  const tokens = new Set([session.access[0], session.access.at(-1)])
  for (const token of tokens) {
    if (token === undefined) continue
    const actual = await harness.accounts.service
      .authenticate(token, { allowDisabled: true })
      .then(({ status }) => status)
      .catch((error: Error) => error.constructor.name)
    assert.equal(actual, expected)
  }
}
