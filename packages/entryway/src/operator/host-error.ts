export type HostErrorCode = 'host-unknown' | 'host-unusable' | 'host-unreachable' | 'host-in-use'

/** An operation on a host failed. The message is for the operator. */
export class HostError extends Error {
  override readonly name = 'HostError'
  readonly code: HostErrorCode

  constructor(code: HostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
