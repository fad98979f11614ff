import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type HandlerContext, InvalidRequestError } from '@atproto/xrpc-server'

type OwnAnswer = (context: HandlerContext) => unknown

const json = { encoding: 'application/json', body: { n: 1 } }
const refuse = (): never => {
  throw new InvalidRequestError('Too late')
}

/** Handlers that use `req` and `res` themselves, as in Express, by the `kind` that selects them. */
export const ownAnswers: Readonly<Record<string, OwnAnswer>> = {
  end: ({ res }) => void res.end('own'),
  json: ({ res }) => void res.status(418).json({ own: 1 }),
  send: ({ res }) => void res.status(202).send('own'),
  redirect: ({ res }) => res.redirect('/elsewhere'),
  sendStatus: ({ res }) => void res.sendStatus(403),
  headFirst: ({ res }) => void res.writeHead(201, { 'X-Own': '1' }).end('own'),
  begun: ({ res }) => void res.write('own'),
  begunThenFails: ({ res }) => {
    res.write('own')
    refuse()
  },
  begunThenReturns: ({ res }) => {
    res.write('own')
    return json
  },
  endThenFails: ({ res }) => {
    res.end('own')
    refuse()
  },
  endThenReturns: ({ res }) => {
    res.end('own')
    return json
  },
  endThenStreams: ({ res }) => {
    res.end('own')
    return { encoding: 'a/b', stream: Readable.from(['late']) }
  },
  headers: ({ res }) => {
    res.status(201).set('X-Own', '1').vary('Accept').cookie('a', 'b').type('html')
    return json
  },
  latinHeader: ({ res }) => {
    res.setHeader('X-Latin', '\xe9')
    return json
  },
  headersThenFails: ({ res }) => {
    res.status(202).set({ 'X-Own': '1', 'Content-Type': 'a/b', 'Content-Length': '3' })
    refuse()
  },
  flushed: ({ res }) => {
    res.flushHeaders()
    return json
  },
  earlyHints: ({ res }) => {
    res.writeEarlyHints({ link: '</x>; rel=preload' })
    return json
  },
  closing: ({ res }) => {
    res.shouldKeepAlive = false
    return json
  },
  read: async ({ req }) => ({ encoding: 'text/plain', body: await text(req) }),
  readByEvents: ({ req }) =>
    new Promise((resolve) => {
      req.on('end', () => resolve(json)).resume()
    }),
  piped: ({ req, res }) => {
    req.pipe(res)
    return new Promise((resolve) => res.on('finish', () => resolve(undefined)))
  },
}
