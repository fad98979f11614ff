import { setTimeout as delay } from 'node:timers/promises'
import {
  type FaultySmtpServer,
  startFaultySmtpServer,
} from '@lexwright/testing/network/smtp-fault-proxy'

/** A real mail server, and the reset codes it received. */
export interface Mailbox {
  readonly url: string
  /** Number of reset mails to an address. */
  count(address: string): number
  /** The newest code, once more than `before` have arrived; undefined if none comes in time. */
  code(address: string, before: number): Promise<string | undefined>
  close(): Promise<void>
}

/** More than a poll of the outbox; a mail claimed by a server that died takes longer. */
const PATIENCE_MS = 15_000

export async function openMailbox(): Promise<Mailbox> {
  const smtp: FaultySmtpServer = await startFaultySmtpServer()
  const codes = new Map<string, string[]>()
  let seen = 0

  const codesOf = (address: string): readonly string[] => {
    for (; seen < smtp.mails.length; seen++) {
      const mail = smtp.mails[seen] ?? ''
      const to = /^To: .*?([\w-]+@[\w.-]+)/m.exec(mail)?.[1] ?? ''
      const code = /^\s*([a-z2-7]{5}-[a-z2-7]{5})\r?$/m.exec(mail)?.[1]
      if (code !== undefined) codes.set(to, [...(codes.get(to) ?? []), code])
    }
    return codes.get(address) ?? []
  }

  return {
    url: smtp.url,
    count: (address) => codesOf(address).length,
    code: async (address, before) => {
      const deadline = performance.now() + PATIENCE_MS
      while (codesOf(address).length <= before) {
        if (performance.now() > deadline) return undefined
        await delay(100)
      }
      return codesOf(address).at(-1)
    },
    close: smtp.close,
  }
}
