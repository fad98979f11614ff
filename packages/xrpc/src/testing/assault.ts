import { connect } from 'node:net'
import fc from 'fast-check'
import { malformedRequests } from './malformed.ts'

export interface AssaultOptions {
  readonly port: number
  readonly requests: number
  readonly seed: number
  /** Simultaneous connections. */
  readonly concurrency: number
}

/** Sends malformed and truncated requests, each over its own connection, and disconnects without reading much. */
export async function assault({
  port,
  requests,
  seed,
  concurrency,
}: AssaultOptions): Promise<void> {
  // Enough distinct samples; each is sent many times, cut off at different places.
  const samples = fc.sample(malformedRequests(), { numRuns: Math.min(requests, 2_000), seed })
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < requests) {
      const number = next++
      const bytes = samples[number % samples.length] as Buffer
      await send(
        port,
        number < samples.length ? bytes : bytes.subarray(0, (number * 7) % bytes.length),
      )
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}

/** Milliseconds to wait for an answer. */
const PATIENCE = 15

function send(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    const timer = setTimeout(() => socket.destroy(), PATIENCE)
    socket.on('data', () => {})
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
