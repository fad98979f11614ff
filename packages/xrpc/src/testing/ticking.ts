import { setTimeout as delay } from 'node:timers/promises'
import { AuthRequiredError } from '@atproto/xrpc-server'
import type { XrpcService } from '../server/xrpc-service.ts'
import { documents } from './documents.ts'
import { serviceOf } from './pair.ts'

/** The state of a subscription. */
export interface Source {
  /** How many ticks were requested. */
  ticks: number
  signal?: AbortSignal
  isOver: boolean
}

/**
 * Serves a subscription of `n` ticks of a given size; it stays open after the last if there are more than five.
 */
export function ticking(source: Source = { ticks: 0, isOver: false }, size = 0): XrpcService {
  const service = serviceOf(documents)
  service.streamMethod('io.example.subscribe', {
    auth: ({ req }) => {
      if (req.headers.authorization === 'nobody') throw new AuthRequiredError('Who?')
      return { credentials: req.headers.authorization ?? 'anybody' }
    },
    handler: async function* ({ params, auth, signal }) {
      source.signal = signal
      try {
        while (source.ticks < params.n) {
          const n = source.ticks++
          const { credentials } = auth
          yield { $type: 'io.example.subscribe#tick', n, credentials, padding: 'x'.repeat(size) }
        }
        if (params.n > 5) await delay(20_000, undefined, { signal, ref: false }).catch(() => {})
      } finally {
        source.isOver = true
      }
    },
  })
  return service
}
