import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Writable } from 'node:stream'
import type { Shapes } from '../shapes.ts'
import type { PlainHead } from './plain-head.ts'

export type Messages = readonly [req: IncomingMessage, res: ServerResponse]

type MessageClasses = Pick<Shapes, 'IncomingMessage' | 'ServerResponse'>

/**
 * Messages of a request that has been answered, for those who look at it late: they are as Node's own are by then, and
 * whatever is done to them, the connection is not theirs.
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
  // It is only sent for its state: ended, with its headers out.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() }) as Socket
  res.assignSocket(nowhere)
  res.end()
  res.detachSocket(nowhere)
  Object.defineProperty(res, 'writableFinished', { value: true })
  close(res)
  return [req, res]
}

/** Messages of a request that nobody waits for an answer to. */
export function lostMessages(classes: MessageClasses, socket: Socket): Messages {
  const [req, res] = detachedMessages(classes, socket)
  close(res)
  return [req, res]
}

function detachedMessages(
  { IncomingMessage, ServerResponse }: MessageClasses,
  socket: Socket,
): Messages {
  const req = new IncomingMessage(socket)
  const version = { httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1 }
  // A request that is destroyed before its end takes its connection with it.
  const _destroy: IncomingMessage['_destroy'] = (error, done) => done(error)
  Object.assign(req, { ...version, complete: true, _destroy })
  req.push(null)
  return [req, new ServerResponse(req)]
}

/** Also for those who only wait for the event. */
function close(res: ServerResponse): void {
  res.destroy()
  Object.defineProperty(res, 'closed', { value: true })
  process.nextTick(() => res.emit('close'))
}
