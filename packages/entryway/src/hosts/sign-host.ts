import type { AccountExtension, Operation } from '@lexwright/account/extension'

/**
 * How long a host that has not answered may still be working, waiting for the directory. If it then fails, it deletes the account's
 * files, even those of a later attempt.
 */
export const MAX_WORK_SECONDS: number = 15 * 60

/** Signs an update that points a DID to a host, with the account's signing key there. */
export function signHost(
  { signUpdate }: Pick<AccountExtension, 'signUpdate'>,
  head: Operation,
  { signingKey, endpoint }: { readonly signingKey: string; readonly endpoint: string },
): Promise<string> {
  return signUpdate(head, ({ verificationMethods, services }) => ({
    verificationMethods: { ...verificationMethods, atproto: signingKey },
    services: { ...services, atproto_pds: { type: 'AtprotoPersonalDataServer', endpoint } },
  }))
}
