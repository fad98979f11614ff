import type { AuthorizationServer } from '@lexwright/oauth'
import { optional } from '@lexwright/xrpc/auth'

/** Verifiers for the methods of the PDS, each with a rule for apps. Password sessions may call all of them. */
export function createRules({ auth: { method } }: Pick<AuthorizationServer, 'auth'>) {
  return {
    /** The handler checks the permission for each record in the body. */
    write: method({ authorize: () => {} }),
    upload: method({
      authorize: (permissions, { req }) =>
        permissions.assertBlob({ mime: req.headers['content-type']?.split(';')[0] ?? '' }),
      allowDeactivated: true,
    }),
    replaceRepo: method({
      authorize: (permissions) => permissions.assertAccount({ attr: 'repo', action: 'manage' }),
      sessions: ['access'],
      allowDeactivated: true,
    }),
    /** Any app may call. The proxy checks the permission for the forwarded method. */
    any: method({ authorize: () => {}, allowDeactivated: true }),
    /** Credentials are optional. Owners can read their repository in any state. */
    readRepo: optional(
      method({
        authorize: () => {},
        sessions: ['access', 'appPass', 'appPassPrivileged', 'takendown'],
        allowDeactivated: true,
      }),
    ),
  }
}

export type Rules = ReturnType<typeof createRules>
