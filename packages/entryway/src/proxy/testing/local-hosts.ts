import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HandleNotFound } from '@lexwright/account'
import type { Host } from '../../hosts/host.ts'
import { createProxy, type ProxyOptions } from '../create-proxy.ts'
import { type KnownHosts, rememberHosts } from '../known-hosts.ts'

export const ENTRYWAY_DID = 'did:web:entryway.test'
export const alice = 'did:plc:aliceaaaaaaaaaaaaaaaaaaa'
export const bob = 'did:plc:bobbbbbbbbbbbbbbbbbbbbbb'

/** A test server on this machine. */
export interface LocalServer {
  readonly url: string
  readonly port: number
  readonly http: Server
  close(): Promise<void>
}

export async function serve(listener: RequestListener): Promise<LocalServer> {
  const http = createServer(listener)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    http,
    close: async () => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

export function hostAt(name: string, url: string): Host {
  return { did: `did:web:${name}.test`, url, weight: 1, state: 'open', isHealthy: true }
}

/** A proxy and the hosts of the accounts behind it. */
export interface LocalEntryway extends LocalServer {
  readonly accounts: Map<string, Host>
  /** Accounts looked up so far, in order. */
  readonly lookups: string[]
  readonly hosts: KnownHosts
}

/** Starts an entryway that answers 404 for calls it does not forward. */
export async function startEntryway(options: Partial<ProxyOptions> = {}): Promise<LocalEntryway> {
  const accounts = new Map<string, Host>()
  const lookups: string[] = []
  const hosts = rememberHosts({
    hosts: {
      byAccount: async (did) => {
        lookups.push(did)
        return accounts.get(did)
      },
    },
  })
  const proxy = createProxy({
    hosts,
    serviceDid: ENTRYWAY_DID,
    publicUrl: 'https://entryway.test',
    verifyToken: async () => {},
    arrivalMethods: { answer: async (_req, res) => void res.end() },
    resolveHandle: async (handle) => {
      if (handle === 'alice.test') return alice
      throw new HandleNotFound('There is no such handle')
    },
    logger: { info: () => {}, warn: () => {}, error: () => {} },
    ...options,
  })
  const server = await serve((req, res) =>
    proxy.middleware(req, res, () => res.writeHead(404).end('not proxied')),
  )
  return {
    ...server,
    accounts,
    lookups,
    hosts,
    close: async () => {
      proxy.close()
      await server.close()
    },
  }
}

/** An `Authorization` header with these claims and an invalid signature. */
export function bearer(claims: object, typ = 'at+jwt'): { readonly authorization: string } {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return { authorization: `Bearer ${part({ typ, alg: 'ES256K' })}.${part(claims)}.c2lnbmF0dXJl` }
}
