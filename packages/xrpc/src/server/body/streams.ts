import { Readable } from 'node:stream'
import type { Response } from '../adapter/xrpc-adapter.ts'

/** The streams in what a handler returned. */
function streamsIn(output: unknown): readonly Readable[] {
  if (typeof output !== 'object' || output === null) return []
  const { stream, body } = output as { stream?: unknown; body?: unknown }
  if (!(stream instanceof Readable) && !(body instanceof Readable)) return []
  return [stream, body].filter((source) => source instanceof Readable)
}

/** Destroys the streams in what a handler returned and nobody reads: each holds a file or a connection. */
export function destroyStreams(output: unknown): void {
  for (const stream of streamsIn(output)) {
    // That it cannot be opened matters to nobody any more, and without a listener it would end the process.
    stream.on('error', () => {})
    stream.destroy()
  }
}

/**
 * Destroys the streams in what a handler returned as soon as their response is over, at once if it is over already: its client
 * has left, or it was answered with an error in place of them.
 */
export function destroyWithResponse(output: unknown, res: Response): void {
  if (streamsIn(output).length === 0) return
  if (res.closed || res.destroyed) destroyStreams(output)
  else res.once('close', () => destroyStreams(output))
}
