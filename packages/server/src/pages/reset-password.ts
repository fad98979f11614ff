import type { IncomingMessage, ServerResponse } from 'node:http'
import { XRPCError } from '@atproto/xrpc-server'
import { html } from '@lexwright/account'
import { type RequestHandler, type Router, urlencoded } from 'express'
import { ownRoutes } from '../http/own-routes.ts'
import { sendPage, sendSeeOther } from './page.ts'
import { type FormProblem, resetPasswordForm } from './reset-password-form.ts'

/** Where mails link to, unless people choose passwords elsewhere. */
export const RESET_PASSWORD_PATH = '/reset-password'

const DONE_PATH = `${RESET_PASSWORD_PATH}/done`

export interface ResetPasswordPageOptions {
  readonly serviceName: string
  /** Does what `com.atproto.account.resetPassword` does, and fails as it does. */
  readonly submit: (
    call: { readonly req: IncomingMessage; readonly res: ServerResponse },
    request: { readonly token: string; readonly password: string },
  ) => Promise<void>
}

/** Far more than a code and two passwords of 256 characters, each of them escaped. */
const MAX_BODY_BYTES = 16_384
/** No code is longer, however it is spaced. */
const MAX_TOKEN_LENGTH = 64

/**
 * The page behind the link in a reset mail. It needs no script. Opening it changes nothing (mail programs open
 * links too); the code is used when the form is sent, and travels in its body.
 */
export function resetPasswordRoutes({ serviceName, submit }: ResetPasswordPageOptions): Router {
  const show = (res: ServerResponse, status: number, token: string, problem?: FormProblem): void =>
    sendPage(res, {
      status,
      title: `${problem === undefined ? '' : 'Error: '}Choose a new password`,
      serviceName,
      body: resetPasswordForm({
        action: RESET_PASSWORD_PATH,
        token: token.slice(0, MAX_TOKEN_LENGTH),
        ...(problem !== undefined && { problem }),
      }),
    })

  const receive: RequestHandler = async (req, res, next) => {
    const [token, password, repeated] = ['token', 'password', 'repeated'].map((name) =>
      textField(req.body, name),
    ) as [string, string, string]
    if (password !== repeated) {
      // Neither is kept, so both have to be typed again.
      return show(res, 400, token, { field: 'password', message: 'The two passwords differ.' })
    }
    try {
      await submit({ req, res }, { token, password })
    } catch (error) {
      const refusal = explain(error)
      if (refusal === undefined) return next(error)
      return show(res, refusal.status, token, refusal.problem)
    }
    sendSeeOther(res, DONE_PATH)
  }

  const routes = ownRoutes()
  routes
    .route(RESET_PASSWORD_PATH)
    .get((req, res) => show(res, 200, textField(req.query, 'token')))
    .post(urlencoded({ extended: false, limit: MAX_BODY_BYTES, parameterLimit: 8 }), receive)
    .all((_req, res) => void res.status(405).set('Allow', 'GET, HEAD, POST').end())
  routes.get(DONE_PATH, (_req, res) =>
    sendPage(res, {
      status: 200,
      title: 'Your password was changed',
      serviceName,
      body: [
        html`<h1>Your password was changed</h1>`,
        html`<p>Every device was logged out. Log in again with the new password.</p>`,
        html`<p>You can close this page.</p>`,
      ],
    }),
  )
  return routes
}

/** A field that came once; anything else counts as empty. */
function textField(fields: unknown, name: string): string {
  if (typeof fields !== 'object' || fields === null || !Object.hasOwn(fields, name)) return ''
  const value: unknown = (fields as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'string' ? value : ''
}

/** A refusal in the words of the page; undefined for a fault. */
function explain(
  error: unknown,
): { readonly status: number; readonly problem: FormProblem } | undefined {
  const { statusCode: status, payload } = XRPCError.fromError(error)
  switch (payload.error) {
    case 'InvalidPassword':
      return { status, problem: { field: 'password', message: `${payload.message}.` } }
    case 'InvalidToken':
      return {
        status,
        problem: {
          field: 'token',
          message:
            'This code is not right, was used before, or was replaced by a newer mail. Look for the newest mail, or ask for another one.',
        },
      }
    case 'ExpiredToken':
      return {
        status,
        problem: { field: 'token', message: 'This code has expired. Ask for another mail.' },
      }
    case 'RateLimitExceeded':
      return {
        status,
        problem: { message: 'Too many attempts. Wait a few minutes and try again.' },
      }
    case 'TemporarilyUnavailable':
      return {
        status,
        problem: { message: 'The service is busy. Nothing was changed; try again in a moment.' },
      }
    default:
      return undefined
  }
}
