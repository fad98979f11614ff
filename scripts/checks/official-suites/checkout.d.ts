/** Modules that only Jest finds here: of the checkout, and of packages that the official PDS brings. */
declare module '#seeds' {
  import type { AtpAgent } from '@atproto/api'

  export class SeedClient {
    constructor(network: object, agent: AtpAgent, client: object)
  }
  export const basicSeed: (client: SeedClient) => Promise<unknown>
  export const usersSeed: (client: SeedClient) => Promise<unknown>
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
