export type HostErrorCode = 'host-unknown' | 'host-unusable' | 'host-unreachable' | 'host-in-use'

/** Something cannot be done with a host. The message is for its operator. */
export class HostError extends Error {
  override readonly name = 'HostError'
  readonly code: HostErrorCode

  constructor(code: HostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
