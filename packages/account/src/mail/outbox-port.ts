import type { MailContent } from './templates/render-mail.ts'

/** A claimed mail job. */
export interface OutboxJob {
  readonly id: string
  readonly kind: MailContent['kind']
  /** How often it was claimed, this time included. */
  readonly attempts: number
}

/** To whom a job's mail goes, and what it says. */
export interface PreparedMail {
  /** Names the mail, to its recipient's mail program too. One with another code is another mail. */
  readonly id: string
  readonly to: string
  readonly language?: string
  readonly content: MailContent
}

/** Why a job failed. */
export interface OutboxFailure {
  readonly error: Error
  /** Trying again is useless. */
  readonly permanent: boolean
}

/**
 * The queue behind the outbox worker, shared by any number of processes.
 *
 * A claim is a lease: a job neither succeeded nor failed when it ends (its process died) becomes
 * claimable again. The lease must be longer than the worker's `sendTimeout`.
 */
export interface OutboxPort {
  /** Leases up to `limit` due jobs; no two workers get the same one. */
  claim(limit: number): Promise<readonly OutboxJob[]>
  /**
   * Gathers what to send, at the last moment: this is where a reset token is created, so that its plain
   * form exists in the mail only. Null when there is nothing to send any more.
   */
  prepare(job: OutboxJob): Promise<PreparedMail | null>
  /** The mail is sent, or needs no sending. */
  succeed(job: OutboxJob): Promise<void>
  /** Puts the job off, each time longer, or gives it up. */
  fail(job: OutboxJob, failure: OutboxFailure): Promise<void>
}
