import { Readable } from 'node:stream'
import type { Response } from '../adapter/xrpc-adapter.ts'

/** The streams in a handler's output. */
function streamsIn(output: unknown): readonly Readable[] {
  if (typeof output !== 'object' || output === null) return []
  const { stream, body } = output as { stream?: unknown; body?: unknown }
  if (!(stream instanceof Readable) && !(body instanceof Readable)) return []
  return [stream, body].filter((source) => source instanceof Readable)
}

/** Destroys unread streams in a handler's output: each holds a file or a connection. */
export function destroyStreams(output: unknown): void {
  for (const stream of streamsIn(output)) {
    // Failing to open no longer matters, but without a listener the error would end the process.
    stream.on('error', () => {})
    stream.destroy()
  }
}

/**
 * Destroys the streams in a handler's output once the response is over, or at once if it already is: the client has
 * left, or an error was sent instead.
 */
export function destroyWithResponse(output: unknown, res: Response): void {
  if (streamsIn(output).length === 0) return
  if (res.closed || res.destroyed) destroyStreams(output)
  else res.once('close', () => destroyStreams(output))
}
