import type { ServiceContext } from '../context.ts'
import { MailNotFound, WrongMailStatus } from '../errors.ts'
import { type Page, pageLimit, readCursor, toPage } from '../operator/page.ts'
import { violatedUniqueConstraint } from '../store.ts'
import type { OutboxMail } from './outbox-store.ts'

/** A mail in the outbox. It is removed once sent. */
export type Mail = OutboxMail

export interface MailQuery {
  readonly status?: Mail['status']
  /** Maximum number of mails; 50 by default, 1,000 at most. */
  readonly limit?: number
  /** The cursor of the previous page. */
  readonly cursor?: string
}

/** @throws {InvalidCursor} */
export async function listMails(
  { store }: ServiceContext,
  { status, limit, cursor }: MailQuery,
): Promise<Page<Mail>> {
  const size = pageLimit(limit)
  const position = readCursor(cursor)
  const mails = await store.outbox.list({
    ...(status !== undefined && { status }),
    ...(position !== undefined && { before: position.key }),
    limit: size + 1,
  })
  return toPage(mails, size, ({ createdAt, id }) => ({ createdAt, key: id }))
}

/**
 * Makes a mail due now, even if it was given up, and resets its attempts.
 *
 * @throws {MailNotFound} @throws {WrongMailStatus} if it is being sent, or a newer request has
 * replaced it.
 */
export async function retryMail(context: ServiceContext, id: string): Promise<Mail> {
  const { store, clock } = context
  const mail = await findMail(context, id)
  const isWaiting = await store
    .transaction(async (tx) => {
      if (!(await tx.outbox.retry(id, clock.now()))) return false
      await tx.audit.append(auditEntry(context, mail, 'mail.retried'))
      return true
    })
    .catch((error: unknown) => {
      if (violatedUniqueConstraint(error) === undefined) throw error
      throw new WrongMailStatus('A newer reset mail for this address is already pending')
    })
  if (!isWaiting) throw new WrongMailStatus('The mail is being sent; check again in two minutes')
  return await findMail(context, id)
}

/**
 * Removes a mail. One that is being sent may still arrive.
 *
 * @throws {MailNotFound}
 */
export async function dropMail(context: ServiceContext, id: string): Promise<Mail> {
  const mail = await findMail(context, id)
  await context.store.transaction(async (tx) => {
    await tx.outbox.drop(id)
    await tx.audit.append(auditEntry(context, mail, 'mail.dropped'))
  })
  return mail
}

function auditEntry(
  { clock }: ServiceContext,
  { did, kind }: Mail,
  event: 'mail.retried' | 'mail.dropped',
) {
  const whose = did === null ? {} : { did }
  return { event, actor: 'admin', ...whose, detail: { kind }, at: clock.now() } as const
}

async function findMail({ store }: ServiceContext, id: string): Promise<Mail> {
  const mail = /^[1-9]\d{0,17}$/.test(id) ? await store.outbox.show(id) : undefined
  if (mail === undefined) throw new MailNotFound('There is no such mail; it may have been sent')
  return mail
}
