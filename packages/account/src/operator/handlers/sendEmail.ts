import { InvalidRequestError } from '@atproto/xrpc-server'
import type * as SendEmail from '@lexwright/generated/types/com/atproto/admin/sendEmail'
import { AccountNotFound } from '../../errors.ts'
import type { AdminAuth } from '../../http/auth.ts'
import type { ModeratorAuth, OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'

/** `com.atproto.admin.sendEmail` */
export function sendEmail(
  operator: AccountOperator,
  { moderator }: OperatorVerifiers,
): SendEmail.Config<AdminAuth | ModeratorAuth> {
  return {
    auth: moderator,
    handler: async ({ input: { body } }) => {
      const { recipientDid: account, subject, content: text } = body
      await operator.sendMail({ account, subject, text }).catch((cause: unknown) => {
        if (!(cause instanceof AccountNotFound)) throw cause
        throw new InvalidRequestError('Recipient not found', undefined, { cause })
      })
      return { encoding: 'application/json', body: { sent: true } }
    },
  }
}
