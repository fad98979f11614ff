import { InternalServerError, type Server as XrpcServer } from '@atproto/xrpc-server'
import finalhandler from 'finalhandler'
import { log } from './log.ts'
import { middlewareOf, type Request, type Response } from './stock.ts'

/** Logs an error and answers with it. */
export type ErrorAnswer = (error: unknown, req: Request, res: Response) => void

type ErrorMiddleware = (
  error: unknown,
  req: Request,
  res: Response,
  next: (error: unknown) => void,
) => void

/**
 * The error path of a stock server: its own middleware, with the `errorParser` it was given, so that an error is
 * logged and worded the same whichever way a call was served.
 */
export function errorAnswer(xrpc: XrpcServer): ErrorAnswer {
  // To Express too, four parameters are what makes a function an error handler.
  const middleware = middlewareOf<ErrorMiddleware>(xrpc.router, ({ length }) => length === 4)
  const env = xrpc.router.get('env')
  return (error, req, res) => {
    // An answer that has begun cannot be taken back: the connection is closed, which tells the client. As in Express,
    // what the handler has written before goes out first.
    const next = (failure: unknown): void => {
      setImmediate(finalhandler(req, res, { env }), failure)
    }
    try {
      // As a value that is false it would mean "no error" to Express.
      middleware(error || new InternalServerError(), req, res, next)
    } catch (failure) {
      log.error(
        { err: failure, method: req.method, url: req.url },
        'an error could not be answered',
      )
      next(failure)
    }
  }
}
