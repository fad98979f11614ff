import type { IncomingMessage, ServerResponse } from 'node:http'
import { InternalServerError, type Server as XrpcServer } from '@atproto/xrpc-server'
import finalhandler from 'finalhandler'
import { log } from '../log.ts'
import { middlewareOf } from './express-internals.ts'
import type { Request, Response } from './xrpc-adapter.ts'

/** Logs an error and answers with it. */
export type ErrorResponder = (error: unknown, req: Request, res: Response) => void

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
export function errorResponder(xrpc: XrpcServer): ErrorResponder {
  // To Express too, four parameters are what makes a function an error handler.
  const middleware = middlewareOf<ErrorMiddleware>(xrpc.router, ({ length }) => length === 4)
  return (error, req, res) => {
    // An answer that has begun cannot be taken back: the connection is closed, which tells the client. As in Express,
    // what the handler has written before goes out first.
    const next = (failure: unknown): void => {
      setImmediate(finalResponder(req, res), failure)
    }
    try {
      // As a value that is false it would mean "no error" to Express.
      middleware(error || new InternalServerError(), req, res, next)
    } catch (failure) {
      next(failure)
    }
  }
}

/**
 * Answers what nothing else has answered. Express does the same, and outside of `production` it shows the client the
 * stack, and prints it.
 */
export function finalResponder(
  req: IncomingMessage,
  res: ServerResponse,
): (failure?: unknown) => void {
  const answer = finalhandler(req, res, { env: 'production' })
  return (failure) => {
    // That an answer broke off has been logged by then.
    if (failure && !res.headersSent) {
      const { method, url } = req
      log.error({ err: failure, method, url }, 'an error could not be answered')
    }
    answer(failure)
  }
}
