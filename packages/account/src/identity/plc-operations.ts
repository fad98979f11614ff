import { isDeepStrictEqual } from 'node:util'
import type { ServiceContext } from '../context.ts'
import {
  AccountNotFound,
  IdentityRefused,
  InvalidOperation,
  TemporarilyUnavailable,
} from '../errors.ts'
import { homeOf } from './home.ts'
import { PublicationRefused } from './identity.ts'
import { logRefresh } from './log-refresh.ts'
import { type DidData, type Operation, PDS_TYPE, readOperation } from './operation.ts'
import { retryAfterOf, withPublicationTimeout } from './publication.ts'
import { publishNow } from './publish-now.ts'
import { reserveUpdate } from './reserve-update.ts'

/** The keys, handle and service that the DID of an account should have. */
export async function recommendCredentials(context: ServiceContext, did: string): Promise<DidData> {
  const { store, policy, secrets } = context
  const account = await store.accounts.findProfile(did)
  if (account === undefined) throw new AccountNotFound('Account not found')
  const ours = secrets.plcRotationKey.did()
  const { recoveryDidKey } = policy
  const { endpoint, signingKey } = await homeOf(context, did)
  return {
    rotationKeys:
      recoveryDidKey === undefined || recoveryDidKey === ours ? [ours] : [recoveryDidKey, ours],
    alsoKnownAs: [`at://${account.handle}`],
    verificationMethods: { atproto: signingKey },
    services: { atproto_pds: { type: PDS_TYPE, endpoint } },
  }
}

/**
 * The latest operation of a DID, from the directory, or from the local log if there is none.
 *
 * @throws {InvalidOperation} @throws {TemporarilyUnavailable}
 */
export async function readHead(context: ServiceContext, did: string): Promise<Operation> {
  const { identity, policy, store } = context
  const { updates } = identity
  if (updates === undefined) {
    const head = await store.didLogs.findHead(did)
    if (head === undefined) throw new InvalidOperation('The DID is unknown')
    return JSON.parse(head)
  }
  try {
    const log = await withPublicationTimeout(policy, (signal) => updates.readLog(did, { signal }))
    const head = log.findLast(({ nullified }) => !nullified)?.operation
    if (head !== undefined) return head
  } catch (cause) {
    throw unavailable(cause)
  }
  throw new InvalidOperation('The directory does not have the DID')
}

/**
 * Publishes an operation of the owner, if the account can work with it, and mirrors the resulting
 * log, which is read again whatever the answer. An operation already in the log is accepted again.
 *
 * @throws {InvalidOperation} @throws {IdentityRefused} @throws {TemporarilyUnavailable}
 */
export async function submitOperation(
  context: ServiceContext,
  did: string,
  operation: Operation,
): Promise<void> {
  const { identity, policy, store, clock } = context
  const { updates } = identity
  const arrivals = identity.repositories?.arrivals
  await arrivals?.prepare(did)
  await assertFit(context, did, operation)
  if (updates === undefined)
    throw new InvalidOperation('This service has no identity directory to submit the operation to')
  // Queued first: if this process dies after sending, another one reads the log.
  const claim = await store.transaction(async (tx) => {
    await tx.audit.append({ event: 'identity.submitted', actor: 'owner', did, at: clock.now() })
    return await reserveUpdate(context, tx, { did, kind: 'look', subject: '' })
  })
  const refusal = await withPublicationTimeout(policy, (signal) =>
    updates.send({ did, operation: JSON.stringify(operation) }, { signal }),
  ).then(
    () => undefined,
    (cause: unknown) => cause,
  )
  await publishNow(context, logRefresh, claim)
  if (refusal !== undefined && !(await isInLog(context, did, operation))) {
    if (!(refusal instanceof PublicationRefused)) throw unavailable(refusal)
    throw new IdentityRefused('The identity directory refused the operation', {
      cause: refusal,
    })
  }
  // The operation is published, whatever becomes of the data; activation waits for the data.
  await arrivals?.receive(did).catch((cause: unknown) => {
    if (!(cause instanceof TemporarilyUnavailable)) throw cause
    context.logger.info({ did, reason: cause.message }, 'an account is still moving in')
  })
}

async function isInLog(
  { store }: ServiceContext,
  did: string,
  operation: Operation,
): Promise<boolean> {
  const log = await store.didLogs.read(did)
  return log.some(
    (each) => !each.isNullified && isDeepStrictEqual(JSON.parse(each.operation), operation),
  )
}

/** @throws {InvalidOperation} with the messages that clients expect. */
async function assertFit(
  context: ServiceContext,
  did: string,
  operation: Operation,
): Promise<void> {
  const { def } = await import('@did-plc/lib')
  const data = def.operation.safeParse(operation).success ? readOperation(operation) : undefined
  if (data === undefined) throw new InvalidOperation('Invalid operation')
  const wanted = await recommendCredentials(context, did)
  const pds = data.services.atproto_pds
  const demands: readonly (readonly [boolean, string])[] = [
    [
      data.rotationKeys.includes(context.secrets.plcRotationKey.did()),
      "Rotation keys do not include server's rotation key",
    ],
    [pds?.type === PDS_TYPE, 'Incorrect type on atproto_pds service'],
    [
      pds?.endpoint === wanted.services.atproto_pds?.endpoint,
      'Incorrect endpoint on atproto_pds service',
    ],
    [
      data.verificationMethods.atproto === wanted.verificationMethods.atproto,
      'Incorrect signing key',
    ],
    [data.alsoKnownAs[0] === wanted.alsoKnownAs[0], 'Incorrect handle in alsoKnownAs'],
  ]
  const broken = demands.find(([holds]) => !holds)
  if (broken !== undefined) throw new InvalidOperation(broken[1])
}

function unavailable(cause: unknown): TemporarilyUnavailable {
  return new TemporarilyUnavailable('The identity directory cannot be reached; try again later', {
    cause,
    retryAfterSeconds: retryAfterOf(cause) || 10,
    part: 'directory',
  })
}
