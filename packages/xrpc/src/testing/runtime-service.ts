import { XrpcClient } from '@atproto/xrpc'
import { type SubscriptionDescriptor, subscribeTo } from '../codegenv1/subscribe.ts'
import type { XrpcService } from '../server/xrpc-service.ts'
import { documents } from './documents.ts'
import { handlers } from './handlers.ts'
import { rateLimited, serviceOf } from './pair.ts'

/** A service and calls to test runtimes with; runs in all of them. */

/** A service with every method of the comparison, and a subscription of `n` ticks that stays open after six. */
export function runtimeService(): XrpcService {
  const service = serviceOf(documents, rateLimited())
  for (const [nsid, config] of handlers()) service.method(nsid, config)
  streamTicks(service)
  return service
}

export function streamTicks(service: Pick<XrpcService, 'streamMethod'>): void {
  service.streamMethod('io.example.subscribe', async function* ({ params, signal }) {
    for (let n = 0; n < params.n; n++) yield { $type: 'io.example.subscribe#tick', n }
    if (params.n < 6) return
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  })
}

/** Calls a query, a procedure and a method that fails; returns the results. */
export async function callAll(url: string): Promise<unknown> {
  const client = new XrpcClient(url, structuredClone([...documents]))
  const { data } = await client.call('io.example.outAny', { kind: 'headers' })
  const sent = await client.call('io.example.text', {}, 'hello', { encoding: 'text/plain' })
  const failed = await client
    .call('io.example.fail', { kind: 'declared' })
    .catch(({ status, error }: { status: number; error: string }) => ({ status, error }))
  return { data, sent: sent.data, failed }
}

export const CALLED: unknown = {
  data: { n: 1 },
  sent: 'You said: hello',
  failed: { status: 400, error: 'Declared' },
}

const descriptor: SubscriptionDescriptor = {
  nsid: 'io.example.subscribe',
  parameters: { n: 'integer' },
  toKnownErr: (error) => error,
}

/** Reads a subscription that ends, and one that is refused; returns what was received. */
export async function subscribeAll(url: string): Promise<unknown> {
  const seen: unknown[] = []
  for await (const tick of subscribeTo(url, descriptor, { n: 3 })) seen.push(tick)
  const refused = await subscribeTo(url, descriptor)
    .next()
    .catch(({ error }: { error: string }) => error)
  return { seen, refused }
}

export const SUBSCRIBED: unknown = {
  seen: [0, 1, 2].map((n) => ({ $type: 'io.example.subscribe#tick', n })),
  refused: 'InvalidRequest',
}
