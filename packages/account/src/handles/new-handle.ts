import { isValidHandle, isValidTld } from '@atproto/syntax'
import type { ServiceContext } from '../context.ts'
import { HandleNotAvailable, InvalidHandle } from '../errors.ts'
import { checkHandle, isServed } from './handle.ts'
import { resolveElsewhere } from './verify-handle.ts'

export interface WantedHandle {
  readonly typed: string
  readonly did: string
  /** True if the operator assigns it; reserved names are then allowed. */
  readonly byOperator: boolean
}

/**
 * The canonical form of a new handle for an account. Handles outside the served domains must
 * resolve to the DID of the account.
 *
 * @throws {InvalidHandle} @throws {HandleNotAvailable}
 */
export async function checkNewHandle(
  context: ServiceContext,
  { typed, did, byOperator }: WantedHandle,
): Promise<string> {
  const { domains, reserved } = context.policy.handles
  if (!isValidHandle(typed)) {
    throw new InvalidHandle('Handle is not a valid domain name')
  }
  const handle = typed.toLowerCase()
  if (isServed(handle, domains)) {
    return checkHandle(typed, { domains, reserved: byOperator ? new Set() : reserved })
  }
  if (!isValidTld(handle)) {
    throw new InvalidHandle('Handles in this domain are not allowed', { rule: 'tld' })
  }
  // It would impersonate a host of the service.
  if (reserved.has(handle)) throw new HandleNotAvailable('Handle is reserved')
  if ((await resolveElsewhere(context, handle)) !== did) {
    throw new InvalidHandle('External handle did not resolve to DID', { rule: 'unproven' })
  }
  return handle
}
