import type { PasswordHasherOptions } from './crypto/password-hasher.ts'
import { defaultReservedLabels } from './handles/reserved-labels.ts'
import { checkRecoveryKey } from './identity/recovery-key.ts'
import type { MailPageSettings, MailPages } from './mail/mail-page.ts'
import type { MailSettings } from './mail/templates/settings.ts'
import type { BreachedPasswords } from './registration/password.ts'

/** The operator's policy. Durations are in seconds unless the name says otherwise. */
export interface AccountPolicy {
  /** DID of the service: audience and issuer of its tokens. */
  readonly serviceDid: string
  /**
   * Public URL of the service, for example `https://pds.example.com`; part of every DID document.
   */
  readonly publicUrl: string
  /** Suffixes of handles given out, each with its leading dot: `['.example.com']`. */
  readonly handleDomains: readonly string[]
  /** Name of the service in mails; the host name of `publicUrl` by default. */
  readonly serviceName?: string
  /**
   * Page for entering a reset code; mails link to it with `?token=`. Takes precedence over
   * `mailPages`.
   */
  readonly passwordResetUrl?: string
  /** Pages for entering mailed codes, by mail; mails link to them with the code as fragment. */
  readonly mailPages?: MailPages
  /** Links to the terms and a contact address, returned by `describeServer`. */
  readonly contact?: ServiceContact
  /** Largest blob accepted by the host, in bytes, returned by `describeServer`. */
  readonly blobUploadLimit?: number
  /** True if registration requires an invite code; false by default. */
  readonly inviteRequired?: boolean
  /**
   * Reserved labels or whole handles; {@link defaultReservedLabels} by default. The service's own
   * host names are always reserved.
   */
  readonly reservedHandles?: Iterable<string>
  /** A recovery key of the operator, ranked between the owner's and the service's rotation key. */
  readonly recoveryDidKey?: string
  /** Looks up breached passwords; off by default. */
  readonly breachedPasswords?: BreachedPasswords
  /**
   * DID of the moderation service. Moderation methods accept its service tokens as they do the
   * admin's password.
   */
  readonly modServiceDid?: string
  /** Maximum age of the login for deleting an account; 15 minutes by default. */
  readonly reauthWindow?: number
  /**
   * Grace period in which a deleted account can be restored; 7 days by default, 0 purges at once.
   */
  readonly deletionGrace?: number
  /**
   * How long the handle of a purged account stays reserved, and a former handle stays with its last
   * owner; 90 days by default.
   */
  readonly handleHold?: number
  /** How long a signing key is reserved for a future account; one day by default. */
  readonly reservedKeyTtl?: number
  /** Lifetime of access tokens; 2 hours by default. */
  readonly accessTtl?: number
  /** Lifetime of refresh tokens; 90 days by default. */
  readonly refreshTtl?: number
  /** Lifetime of a login, however often it is refreshed; one year by default. */
  readonly sessionTtl?: number
  /**
   * How long a used refresh token still returns the current one, for clients that share a login or
   * lost an answer. 2 hours by default; 30 seconds limits a thief more strictly.
   */
  readonly refreshGrace?: number
  /** Lifetime of the code in a reset mail; 10 minutes by default. */
  readonly resetTokenTtl?: number
  /** bcrypt cost, 4 to 15; 12 by default, some 0.3 s. */
  readonly bcryptCost?: number
  /** Password hashing threads; one fewer than the cores by default. */
  readonly hashingThreads?: number
  /**
   * Passwords that may wait for a thread, a sixteenth of them per caller; further callers are
   * refused with 503.
   */
  readonly hashingQueue?: number
  /** Timeout for the DID directory, in milliseconds; 10 s by default. */
  readonly publicationTimeoutMs?: number
  /** Timeout for DNS and for hosts of handles and DIDs, in milliseconds; 3 s by default. */
  readonly resolutionTimeoutMs?: number
}

/** Links and contact address in the answer of `describeServer`, shown by clients. */
export interface ServiceContact {
  readonly privacyPolicy?: string
  readonly termsOfService?: string
  readonly email?: string
}

/** A policy with all defaults filled in. */
export interface ResolvedPolicy {
  readonly serviceDid: string
  readonly publicUrl: string
  /** The name of the service and its host, which passwords must not consist of. */
  readonly serviceNames: readonly string[]
  readonly mail: MailSettings
  readonly mailPages: MailPageSettings
  readonly handles: { readonly domains: readonly string[]; readonly reserved: ReadonlySet<string> }
  readonly contact: ServiceContact
  readonly blobUploadLimit: number | undefined
  readonly inviteRequired: boolean
  /** Prefix of invite codes; by default the host name with dashes for dots. */
  readonly invitePrefix: string
  readonly recoveryDidKey: string | undefined
  readonly breachedPasswords: BreachedPasswords | undefined
  readonly modServiceDid: string | undefined
  readonly reauthWindow: number
  readonly deletionGrace: number
  readonly handleHold: number
  readonly reservedKeyTtl: number
  readonly accessTtl: number
  readonly refreshTtl: number
  readonly sessionTtl: number
  readonly refreshGrace: number
  readonly resetTokenTtl: number
  readonly bcryptCost: number
  readonly hashing: Pick<PasswordHasherOptions, 'threads' | 'maxQueue'>
  readonly publicationTimeoutMs: number
  readonly resolutionTimeoutMs: number
}

const DID = /^did:[a-z]+:[a-zA-Z0-9._:%-]+$/
const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * Fills in the defaults.
 *
 * @throws {AggregateError} with every problem.
 */
export function resolvePolicy(policy: AccountPolicy): ResolvedPolicy {
  const problems: Error[] = []
  const demand = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(new RangeError(problem))
  }
  const duration = (name: string, value: number, min: number): number => {
    demand(Number.isFinite(value) && value >= min, `${name} must be a number of at least ${min}`)
    return value
  }

  const url = URL.parse(policy.publicUrl)
  const isOrigin =
    (url?.protocol === 'http:' || url?.protocol === 'https:') &&
    url.href.replace(/\/$/, '') === url.origin
  demand(isOrigin, `publicUrl must be an http or https URL without a path: ${policy.publicUrl}`)
  for (const name of ['serviceDid', 'modServiceDid'] as const) {
    const did = policy[name]
    demand(did === undefined || DID.test(did), `${name} is not a DID: ${did}`)
  }
  demand(policy.handleDomains.length > 0, 'handleDomains must name at least one domain')
  for (const domain of policy.handleDomains) {
    demand(
      /^(?:\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/.test(domain),
      `handle domain must look like ".example.com", in lower case: ${domain}`,
    )
  }
  const { privacyPolicy, termsOfService } = policy.contact ?? {}
  const pages = {
    passwordResetUrl: policy.passwordResetUrl,
    privacyPolicy,
    termsOfService,
    ...policy.mailPages,
  }
  for (const [name, page] of Object.entries(pages)) {
    if (page === undefined) continue
    const scheme = URL.parse(page)?.protocol
    demand(
      scheme === 'http:' || scheme === 'https:',
      `${name} must be an http or https URL: ${page}`,
    )
  }
  if (policy.recoveryDidKey !== undefined) {
    try {
      checkRecoveryKey(policy.recoveryDidKey)
    } catch (cause) {
      problems.push(new RangeError('recoveryDidKey must be a P-256 or K-256 did:key', { cause }))
    }
  }

  const hostname = url?.hostname ?? ''
  const resolved: ResolvedPolicy = {
    serviceDid: policy.serviceDid,
    publicUrl: url?.origin ?? '',
    serviceNames: [policy.serviceName ?? hostname, hostname],
    mail: { serviceName: policy.serviceName ?? hostname },
    mailPages: { pages: policy.mailPages ?? {}, passwordResetUrl: policy.passwordResetUrl },
    handles: {
      domains: policy.handleDomains,
      reserved: new Set([
        ...[...(policy.reservedHandles ?? defaultReservedLabels)].map((name) => name.toLowerCase()),
        // As handles these would impersonate the service's own hosts.
        hostname,
        ...policy.handleDomains.map((domain) => domain.slice(1)),
      ]),
    },
    contact: policy.contact ?? {},
    blobUploadLimit: policy.blobUploadLimit,
    inviteRequired: policy.inviteRequired ?? false,
    invitePrefix: hostname.replace(/[^a-z0-9-]+/g, '-'),
    recoveryDidKey: policy.recoveryDidKey,
    breachedPasswords: policy.breachedPasswords,
    modServiceDid: policy.modServiceDid,
    reauthWindow: duration('reauthWindow', policy.reauthWindow ?? 15 * MINUTE, 1),
    deletionGrace: duration('deletionGrace', policy.deletionGrace ?? 7 * DAY, 0),
    handleHold: duration('handleHold', policy.handleHold ?? 90 * DAY, 0),
    reservedKeyTtl: duration('reservedKeyTtl', policy.reservedKeyTtl ?? DAY, 1),
    accessTtl: duration('accessTtl', policy.accessTtl ?? 2 * HOUR, 1),
    refreshTtl: duration('refreshTtl', policy.refreshTtl ?? 90 * DAY, 1),
    refreshGrace: duration('refreshGrace', policy.refreshGrace ?? 2 * HOUR, 0),
    sessionTtl: duration('sessionTtl', policy.sessionTtl ?? 365 * DAY, 1),
    resetTokenTtl: duration('resetTokenTtl', policy.resetTokenTtl ?? 10 * MINUTE, 1),
    bcryptCost: policy.bcryptCost ?? 12,
    hashing: {
      ...(policy.hashingThreads !== undefined && { threads: policy.hashingThreads }),
      ...(policy.hashingQueue !== undefined && { maxQueue: policy.hashingQueue }),
    },
    publicationTimeoutMs: duration(
      'publicationTimeoutMs',
      policy.publicationTimeoutMs ?? 10_000,
      1,
    ),
    resolutionTimeoutMs: duration('resolutionTimeoutMs', policy.resolutionTimeoutMs ?? 3_000, 1),
  }
  if (problems.length > 0) {
    throw new AggregateError(
      problems,
      `account policy: ${problems.map((problem) => problem.message).join('; ')}`,
    )
  }
  return resolved
}
