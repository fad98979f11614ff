import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import {
  NodeOAuthClient,
  type NodeOAuthClientOptions,
  type NodeSavedSession,
} from '@atproto/oauth-client-node'

export type { NodeSavedSession } from '@atproto/oauth-client-node'

type SessionStore = NodeOAuthClientOptions['sessionStore']

export interface NodeClientOptions {
  readonly clientId: string
  readonly redirectUri: string
  readonly scope: string
  /** Service that resolves handles. */
  readonly service: string
  readonly plcDirectoryUrl: string
}

/** The official client for servers, without a lock between processes. */
export function createNodeClient(
  { clientId, redirectUri, scope, service, plcDirectoryUrl }: NodeClientOptions,
  sessionStore: SessionStore,
): NodeOAuthClient {
  return new NodeOAuthClient({
    clientMetadata: {
      client_id: clientId as `http://localhost?${string}`,
      redirect_uris: [redirectUri as `http://127.0.0.1:${string}`],
      scope,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      dpop_bound_access_tokens: true,
    },
    allowHttp: true,
    handleResolver: service,
    plcDirectoryUrl,
    stateStore: memoryStore(new Map()),
    sessionStore,
  })
}

/** Stores sessions like a database. */
export function storeOf(map: Map<string, NodeSavedSession>): SessionStore {
  return memoryStore(map)
}

function memoryStore<Value>(map: Map<string, Value>) {
  return {
    get: async (key: string) => structuredClone(map.get(key)),
    set: async (key: string, value: Value) => void map.set(key, structuredClone(value)),
    del: async (key: string) => void map.delete(key),
  }
}

/** The client in a separate process, with the sessions of this one. */
export interface NodeWorker {
  /** Refreshes a session unconditionally. */
  refresh(did: string): Promise<void>
  stop(): Promise<void>
}

/** From a worker: a request for the session store, or its completion. */
export type FromWorker =
  | {
      readonly id: number
      readonly ask: 'get' | 'set' | 'del'
      readonly key: string
      readonly value: unknown
    }
  | { readonly done: true }

export function startNodeWorker(
  options: NodeClientOptions,
  sessions: Map<string, NodeSavedSession>,
): NodeWorker {
  const program = fileURLToPath(new URL('oauth-node-worker.ts', import.meta.url))
  const child = fork(program, [JSON.stringify(options)], { stdio: 'ignore' })
  let settle = (): void => {}
  child.on('message', (message: FromWorker) => {
    if ('done' in message) return settle()
    const { id, ask, key, value } = message
    if (ask === 'set') sessions.set(key, value as NodeSavedSession)
    if (ask === 'del') sessions.delete(key)
    child.send({ id, value: sessions.get(key) })
  })
  return {
    refresh: (did) =>
      new Promise((resolve) => {
        settle = resolve
        child.send({ refresh: did })
      }),
    stop: async () => {
      child.kill()
      await once(child, 'exit')
    },
  }
}
