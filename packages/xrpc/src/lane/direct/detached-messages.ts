import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Writable } from 'node:stream'
import type { Outcome } from '../observe/observer.ts'
import type { Shapes } from '../shapes.ts'
import type { PlainHead } from './plain-head.ts'

export type Messages = readonly [req: IncomingMessage, res: ServerResponse]

type MessageClasses = Pick<Shapes, 'IncomingMessage' | 'ServerResponse'>

/**
 * Messages of a request whose answer has been written, for those who look at it late: they are as Node's own are by
 * then, and whatever is done to them, the connection is not theirs.
 */
export function answeredMessages(
  classes: MessageClasses,
  { method, target, headers }: PlainHead,
  socket: Socket,
): Messages {
  const [req, res] = detachedMessages(classes, socket)
  const rawHeaders = headers.text
    .split('\r\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).trim()]
    })
  Object.assign(req, { method, url: target, headers: { ...headers.values }, rawHeaders })
  res.shouldKeepAlive = !headers.closes
  // It is only sent for its state: ended, with its headers out. That it is taken is not said yet.
  res.assignSocket(new Nowhere() as Writable as Socket)
  res.end()
  return [req, res]
}

/** Takes what is written to it, and never says that it has. */
class Nowhere extends Writable {
  constructor() {
    super({ write: () => {} })
    this.on('error', () => {})
  }

  setTimeout(): void {}
}

/** What those are told who listened while it was neither. */
export function tellClosed(res: ServerResponse): void {
  if (res.writableFinished) res.emit('finish')
  res.emit('close')
}

/** Messages of a request that nobody waits for an answer to. */
export function lostMessages(classes: MessageClasses, socket: Socket): Messages {
  const [req, res] = detachedMessages(classes, socket)
  closeResponse(res, 'aborted')
  return [req, res]
}

function detachedMessages(
  { IncomingMessage, ServerResponse }: MessageClasses,
  socket: Socket,
): Messages {
  const req = new IncomingMessage(socket)
  const version = { httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1 }
  Object.assign(req, { ...version, complete: true })
  req.push(null)
  markRead(req)
  return [req, new ServerResponse(req)]
}

/** Leaves a response as it is when its answer is out, or lost. */
export function closeResponse(res: ServerResponse, outcome: Outcome): void {
  if (res.socket) res.detachSocket(res.socket)
  res.destroyed = true
  Object.defineProperties(res, {
    closed: { value: true },
    writableFinished: { value: outcome !== 'aborted' },
  })
}

/**
 * Leaves a request as it is when its body has been read to the end: what a stream tells of that, and of its being closed
 * for it, has been told. A handler who listens for it now listens for a client that goes.
 */
export function markRead(req: IncomingMessage): void {
  req.read()
  const told = { endEmitted: true, destroyed: true, closed: true, closeEmitted: true }
  Object.assign(Reflect.get(req, '_readableState'), told)
}
