import type { MailContent } from './templates/render-mail.ts'

/** A claimed mail job. */
export interface OutboxJob {
  readonly id: string
  readonly kind: MailContent['kind']
  /** Number of claims, including this one. */
  readonly attempts: number
}

/** The recipient and the content of a job's mail. */
export interface PreparedMail {
  /** The Message-ID. A mail with a new code has a new id. */
  readonly id: string
  readonly to: string
  readonly language?: string
  readonly content: MailContent
}

/** The cause of a failed job. */
export interface OutboxFailure {
  readonly error: Error
  /** True if a retry is useless. */
  readonly permanent: boolean
}

/**
 * The queue of the outbox worker, shared by any number of processes.
 *
 * A claim is a lease: a job that has neither succeeded nor failed when it ends (its process died)
 * can be claimed again. The lease must be longer than the worker's `sendTimeout`.
 */
export interface OutboxPort {
  /** Claims up to `limit` due jobs; each is claimed by one worker. */
  claim(limit: number): Promise<readonly OutboxJob[]>
  /**
   * Builds the mail just before it is sent: reset codes are created here, and their plain form
   * exists only in the mail. Null if the mail is obsolete.
   */
  prepare(job: OutboxJob): Promise<PreparedMail | null>
  /** The mail is sent or obsolete. */
  succeed(job: OutboxJob): Promise<void>
  /** Postpones the job with backoff, or gives it up. */
  fail(job: OutboxJob, failure: OutboxFailure): Promise<void>
}
