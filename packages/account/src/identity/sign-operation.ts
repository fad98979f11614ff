import { countSubmission, requestCode, useCode } from '../codes/mail-codes.ts'
import type { ServiceContext } from '../context.ts'
import { InvalidOperation } from '../errors.ts'
import type { Caller } from '../limits/caller.ts'
import type { DidData, Operation } from './operation.ts'
import { readHead } from './plc-operations.ts'
import { signUpdate } from './update-saga.ts'

export interface SignOperationRequest {
  readonly did: string
  /** The mailed code. */
  readonly code: string | undefined
  /** The fields of the DID to change, as submitted by the client. */
  readonly changes: Readonly<Record<string, unknown>>
}

const PURPOSE = 'plc-operation'

/** Mails the code that {@link signOperation} requires. */
export async function requestOperationCode(
  context: ServiceContext,
  did: string,
  caller: Caller,
): Promise<void> {
  await requestCode(context, { did, purpose: PURPOSE }, caller)
}

/**
 * Signs an operation with the owner's changes on top of the latest one, for a mailed code. The
 * owner, or the host the account moves to, publishes it.
 *
 * @throws {InvalidOperation} @throws {InvalidCode} @throws {ExpiredCode}
 * @throws {TemporarilyUnavailable}
 */
export async function signOperation(
  context: ServiceContext,
  { did, code, changes }: SignOperationRequest,
  caller: Caller,
): Promise<Operation> {
  if (code === undefined) {
    throw new InvalidOperation('email confirmation token required to sign PLC operations')
  }
  await countSubmission(context, did, caller)
  const head = await readHead(context, did)
  if (head.type === 'plc_tombstone') throw new InvalidOperation('Did is tombstoned')
  const operation = JSON.parse(await signUpdate(context, head, () => pick(changes)))
  const { def } = await import('@did-plc/lib')
  if (!def.operation.safeParse(operation).success) throw new InvalidOperation('Invalid operation')
  // Last, so an unreachable directory or an invalid change does not use up the code.
  await context.store.transaction(async (tx) => {
    await useCode(context, tx, { did, purpose: PURPOSE, typed: code })
    const at = context.clock.now()
    await tx.audit.append({ event: 'identity.signed', actor: 'owner', did, at })
  })
  return operation
}

function pick({
  rotationKeys,
  alsoKnownAs,
  verificationMethods,
  services,
}: Readonly<Record<string, unknown>>): Partial<DidData> {
  const given = { rotationKeys, alsoKnownAs, verificationMethods, services }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
