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
 * The error path of a stock server: its own middleware with its `errorParser`, so that errors are logged and
 * worded alike on both paths.
 */
export function errorResponder(xrpc: XrpcServer): ErrorResponder {
  // Express, too, recognises error handlers by their four parameters.
  const middleware = middlewareOf<ErrorMiddleware>(xrpc.router, ({ length }) => length === 4)
  return (error, req, res) => {
    // An answer that has begun cannot be withdrawn: closing the connection signals the failure. As in Express, what
    // the handler has already written is sent first.
    const next = (failure: unknown): void => {
      setImmediate(finalResponder(req, res), failure)
    }
    try {
      // Express would take a falsy value for "no error".
      middleware(error || new InternalServerError(), req, res, next)
    } catch (failure) {
      next(failure)
    }
  }
}

/**
 * Answers a request that nothing else has answered. Express does the same, but outside `production` it also prints
 * the stack and shows it to the client.
 */
export function finalResponder(
  req: IncomingMessage,
  res: ServerResponse,
): (failure?: unknown) => void {
  const answer = finalhandler(req, res, { env: 'production' })
  return (failure) => {
    // An answer that broke off has already been logged.
    if (failure && !res.headersSent) {
      const { method, url } = req
      log.error({ err: failure, method, url }, 'an error could not be answered')
    }
    answer(failure)
  }
}
