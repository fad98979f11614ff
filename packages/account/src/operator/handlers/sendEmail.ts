import { InvalidRequestError } from '@atproto/xrpc-server'
import type * as SendEmail from '@lexwright/generated/types/com/atproto/admin/sendEmail'
import { AccountNotFound } from '../../errors.ts'
import type { Apps } from '../../http/apps.ts'
import type { AdminAuth, AuthContext } from '../../http/auth.ts'
import type { ModeratorAuth, OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'

/** The host of an account, which mails the account on behalf of the host's operator. */
export interface RecipientAuth {
  readonly credentials: { readonly type: 'recipient'; readonly did: string }
}

/** `com.atproto.admin.sendEmail` */
export function sendEmail(
  operator: AccountOperator,
  { moderator }: OperatorVerifiers,
  apps: Apps,
): SendEmail.Config<AdminAuth | ModeratorAuth | RecipientAuth> {
  return {
    auth: async (context) => (await recipientOf(context, apps)) ?? (await moderator(context)),
    handler: async ({ auth: { credentials }, input: { body } }) => {
      const { recipientDid: account, subject, content: text } = body
      if (credentials.type === 'recipient' && credentials.did !== account) {
        throw new InvalidRequestError('Recipient is not the account of the token')
      }
      await operator.sendMail({ account, subject, text }).catch((cause: unknown) => {
        if (!(cause instanceof AccountNotFound)) throw cause
        throw new InvalidRequestError('Recipient not found', undefined, { cause })
      })
      return { encoding: 'application/json', body: { sent: true } }
    },
  }
}

/** Apps may not call this, so only bearer tokens are considered. */
async function recipientOf(context: AuthContext, apps: Apps): Promise<RecipientAuth | undefined> {
  if (!/^bearer /i.test(context.req.headers.authorization ?? '')) return undefined
  const caller = await apps.admit?.(context)
  return caller && { credentials: { type: 'recipient', did: caller.did } }
}
