import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer } from '@lexwright/generated'
import { createProxy } from '../../../../packages/entryway/src/proxy/create-proxy.ts'
import { rememberHosts } from '../../../../packages/entryway/src/proxy/known-hosts.ts'

/** The entryway's proxy behind the fast lane, as in the program. All accounts are on one host. */
export function start(url: string): Server {
  const host = { did: 'did:web:host.test', url, weight: 1, state: 'open', isHealthy: true } as const
  const proxy = createProxy({
    hosts: rememberHosts({ hosts: { byAccount: async () => host } }),
    serviceDid: 'did:web:entryway.test',
    publicUrl: 'http://entryway.test',
    verifyToken: async () => {},
    resolveHandle: async () => 'did:plc:ewvi7nxzyoun6zhxrhs64oiz',
    arrivalMethods: { answer: async () => {} },
    logger: console,
  })
  const lane = createServer().createListener({
    cors: true,
    fallback: (req, res) => proxy.middleware(req, res, () => res.writeHead(404).end()),
  })
  return createHttpServer(lane)
}
