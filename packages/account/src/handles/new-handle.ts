import { isValidHandle, isValidTld } from '@atproto/syntax'
import type { ServiceContext } from '../context.ts'
import { HandleNotAvailable, InvalidHandle } from '../errors.ts'
import { checkHandle } from './handle.ts'
import { resolveElsewhere } from './verify-handle.ts'

export interface WantedHandle {
  readonly typed: string
  readonly did: string
  /** True if the operator gives it, who may give reserved names. */
  readonly byOperator: boolean
}

/**
 * The canonical form of a handle that an account wants instead of its own. Those of the served domains are ours to give; any
 * other has to lead to the account's DID.
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
  if (domains.some((domain) => handle.endsWith(domain))) {
    return checkHandle(typed, { domains, reserved: byOperator ? new Set() : reserved })
  }
  if (!isValidTld(handle)) {
    throw new InvalidHandle('Handle ends in a domain that is not for handles', { rule: 'tld' })
  }
  // It would speak for a host of the service.
  if (reserved.has(handle)) throw new HandleNotAvailable('Handle is reserved')
  if ((await resolveElsewhere(context, handle)) !== did) {
    throw new InvalidHandle('External handle did not resolve to DID', { rule: 'unproven' })
  }
  return handle
}
