import type { Request, Response } from '../server/adapter/xrpc-adapter.ts'

/** Runs the next step, or none if given an error. */
export type Next = (error?: unknown) => void

/**
 * Connect middleware, such as `cors()`, `helmet()` and `compression()`. A returned promise is watched only for
 * rejection.
 */
export type Middleware = (req: Request, res: Response, next: Next) => unknown

interface Continuation {
  /** Called after the last middleware. */
  readonly proceed: () => void
  /** Called instead of `proceed` when a middleware has failed. */
  readonly fail: (error: unknown) => void
}

/** Runs middleware in order. A middleware that does not call `next` ends the call. */
export type MiddlewareRunner = (req: Request, res: Response, then: Continuation) => void

/** @returns undefined if there is no middleware */
export function middlewareRunner(steps: readonly Middleware[]): MiddlewareRunner | undefined {
  if (steps.length === 0) return undefined
  return (req, res, { proceed, fail }) => {
    const run = (index: number): void => {
      const step = steps[index]
      if (!step) {
        proceed()
        return
      }
      try {
        const result = step(req, res, (error) => {
          if (error) fail(error)
          else run(index + 1)
        })
        if (result instanceof Promise) result.catch(fail)
      } catch (error) {
        fail(error)
      }
    }
    run(0)
  }
}
