import type * as DescribeServer from '@lexwright/generated/types/com/atproto/server/describeServer'
import type { ResolvedPolicy } from '../../policy.ts'

/** `com.atproto.server.describeServer` */
export function describeServer(policy: ResolvedPolicy): DescribeServer.Handler {
  const body: DescribeServer.OutputSchema = {
    did: policy.serviceDid,
    availableUserDomains: [...policy.handles.domains],
    inviteCodeRequired: policy.inviteRequired,
    phoneVerificationRequired: false,
  }
  return async () => ({ encoding: 'application/json', body })
}
