export interface HostSettingsOptions {
  /** Public URL of the entryway. */
  readonly url: string
  readonly did: string
  /** The public key of the session tokens, in hexadecimal. */
  readonly jwtPublicKeyHex: string
  /** The public rotation key, as `did:key`. */
  readonly rotationKey: string
  readonly handleDomains: readonly string[]
}

/** The environment of an official PDS behind the entryway: names and values. */
export function hostSettings(options: HostSettingsOptions): Readonly<Record<string, string>> {
  return {
    PDS_ENTRYWAY_URL: options.url,
    PDS_ENTRYWAY_DID: options.did,
    PDS_ENTRYWAY_JWT_VERIFY_KEY_K256_PUBLIC_KEY_HEX: options.jwtPublicKeyHex,
    PDS_ENTRYWAY_PLC_ROTATION_KEY: options.rotationKey,
    PDS_SERVICE_HANDLE_DOMAINS: longestFirst(options.handleDomains).join(','),
    PDS_INVITE_REQUIRED: 'false',
  }
}

/** A PDS checks a handle against the first domain that it ends in. */
function longestFirst(domains: readonly string[]): readonly string[] {
  return domains.toSorted((a, b) => b.length - a.length)
}
