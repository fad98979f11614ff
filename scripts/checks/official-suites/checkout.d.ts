/**
 * Modules that only Jest resolves here: those of the checkout, and of the official PDS's dependencies.
 */
declare module '#checkout/dev-env/src/const' {
  export const EXAMPLE_LABELER: string
}

declare module '#checkout/dev-env/src/seed/client' {
  import type { AtpAgent } from '@atproto/api'

  export class SeedClient {
    constructor(network: object, agent: AtpAgent, client: object)
  }
}

declare module '#checkout/pds/tests/seeds/*' {
  import type { SeedClient } from '#checkout/dev-env/src/seed/client'

  const seed: (client: SeedClient) => Promise<unknown>
  export default seed
}

declare module '@atproto/lex' {
  export class Client {
    constructor(options: { readonly service: string; readonly fetch: typeof fetch })
  }
}

declare module '@atproto/identity' {
  import type { IdentityResolver } from '@lexwright/account'

  export class IdResolver implements IdentityResolver {
    constructor(options: { readonly plcUrl: string; readonly fetch: typeof fetch })
    readonly handle: IdentityResolver['handle']
    readonly did: IdentityResolver['did']
  }
}
