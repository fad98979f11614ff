import type * as DescribeServer from '@lexwright/generated/types/com/atproto/server/describeServer'
import type { ResolvedPolicy } from '../../policy.ts'

/** `com.atproto.server.describeServer` */
export function describeServer(policy: ResolvedPolicy): DescribeServer.Handler {
  const { email, ...links } = policy.contact
  const body: DescribeServer.OutputSchema = {
    did: policy.serviceDid,
    availableUserDomains: [...policy.handles.domains],
    inviteCodeRequired: policy.inviteRequired,
    phoneVerificationRequired: false,
    ...(policy.blobUploadLimit !== undefined && { blobUploadLimit: policy.blobUploadLimit }),
    ...(Object.keys(links).length > 0 && { links }),
    ...(email !== undefined && { contact: { email } }),
  }
  return async () => ({ encoding: 'application/json', body })
}
