import type { Config } from '@lexwright/generated/types/com/atproto/identity/getRecommendedDidCredentials'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'

/** `com.atproto.identity.getRecommendedDidCredentials` */
export function getRecommendedDidCredentials(
  service: AccountService,
  auth: TodaysVerifiers,
): Config<AccessAuth> {
  return {
    auth: auth.session,
    handler: async ({ auth: { credentials } }) => {
      const wanted = await service.recommendCredentials(credentials.did)
      return {
        encoding: 'application/json',
        body: {
          rotationKeys: [...wanted.rotationKeys],
          alsoKnownAs: [...wanted.alsoKnownAs],
          verificationMethods: { ...wanted.verificationMethods },
          services: { ...wanted.services },
        },
      }
    },
  }
}
