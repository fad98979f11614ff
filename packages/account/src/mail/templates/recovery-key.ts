import { type Letter, type Paragraph, text } from './letter.ts'
import type { MailSettings } from './settings.ts'
import { moment } from './time.ts'

/**
 * State of a recovery key that can change the DID of an account.
 *
 * - `kept`: it stays.
 * - `unproven`: set before the address was confirmed; the first reset removes it.
 * - `leaving`: its removal is not published yet.
 * - `removed`: removed; its holder can object until the given time.
 */
export type RecoveryKeyNotice =
  | { readonly state: 'kept' | 'unproven' | 'leaving'; readonly key: string }
  | { readonly state: 'removed'; readonly key: string; readonly objectionUntil: Date }

/** The notice that a recovery key stays in the DID although its removal was due. */
export interface RecoveryKeyKept {
  readonly kind: 'recovery-key-kept'
  readonly handle: string
  readonly recoveryKey: RecoveryKeyNotice
}

const POWER =
  'Whoever holds that key can change the identity of the account (its DID) without a password, and can undo what this service changes in it within 72 hours.'

/** Names a recovery key and the powers of its holder; empty without a key. */
export function recoveryKeyParagraphs(notice: RecoveryKeyNotice | undefined): readonly Paragraph[] {
  if (notice === undefined) return []
  const { key } = notice
  switch (notice.state) {
    case 'kept':
      return [text(`The account has the recovery key ${key}. ${POWER}`)]
    case 'unproven':
      return [
        text(
          `Whoever created the account gave it the recovery key ${key}, before this mailbox was confirmed. ${POWER}`,
        ),
        text(
          'When a new password is chosen with the code of a reset mail for the first time, the key is removed from the identity of the account; its holder can object to that for 72 hours.',
        ),
      ]
    case 'leaving':
      return [
        text(
          `Whoever created the account gave it the recovery key ${key}, before this mailbox was confirmed. It is being removed from the identity of the account (its DID). Until 72 hours after its removal, whoever holds the key can undo that.`,
        ),
      ]
    case 'removed':
      return [
        text(
          `The recovery key ${key}, given before this mailbox was confirmed, was removed from the identity of the account (its DID). Until ${moment(notice.objectionUntil)}, whoever holds the key can undo that.`,
        ),
      ]
  }
}

export function recoveryKeyKept(mail: RecoveryKeyKept, { serviceName }: MailSettings): Letter {
  return {
    subject: `The identity of your ${serviceName} account has a recovery key`,
    paragraphs: [
      text(
        `After the password of @${mail.handle} at ${serviceName} was changed, a recovery key was to be removed from the identity of the account, because it was given before this mailbox was confirmed. The identity was changed elsewhere, or this service may not change it any more, and it still has a recovery key.`,
      ),
      ...recoveryKeyParagraphs(mail.recoveryKey),
      text(
        `If the key is yours, you need not do anything. If it is not, write to the operator of ${serviceName}.`,
      ),
    ],
  }
}
