import type { IncomingMessage, ServerResponse } from 'node:http'
import { html } from '@lexwright/account'
import { type RequestHandler, type Router, urlencoded } from 'express'
import { ownRoutes } from '../http/own-routes.ts'
import { explain } from './explain.ts'
import { type FormProblem, textField } from './form.ts'
import { MAX_BODY_BYTES, MAX_CODE_LENGTH, sendPage, sendSeeOther } from './page.ts'
import { resetPasswordForm } from './reset-password-form.ts'

/** Path that mails link to, unless another page is configured. */
export const RESET_PASSWORD_PATH = '/reset-password'

const DONE_PATH = `${RESET_PASSWORD_PATH}/done`

export interface ResetPasswordPageOptions {
  readonly serviceName: string
  /** Has the effect and the errors of `com.atproto.account.resetPassword`. */
  readonly submit: (
    call: { readonly req: IncomingMessage; readonly res: ServerResponse },
    request: { readonly token: string; readonly password: string },
  ) => Promise<void>
}

/**
 * The page behind the link in a reset mail. A script fills the code in from the link; without
 * scripts, users type it. Opening the page changes nothing, since mail programs also open links;
 * submitting the form uses the code, which is sent in the body.
 */
export function resetPasswordRoutes({ serviceName, submit }: ResetPasswordPageOptions): Router {
  const show = (res: ServerResponse, status: number, token: string, problem?: FormProblem): void =>
    sendPage(res, {
      status,
      title: `${problem === undefined ? '' : 'Error: '}Choose a new password`,
      serviceName,
      takesCode: true,
      body: resetPasswordForm({
        action: RESET_PASSWORD_PATH,
        token: token.slice(0, MAX_CODE_LENGTH),
        ...(problem !== undefined && { problem }),
      }),
    })

  const receive: RequestHandler = async (req, res, next) => {
    const [token, password, repeated] = ['token', 'password', 'repeated'].map((name) =>
      textField(req.body, name),
    ) as [string, string, string]
    if (password !== repeated) {
      // Neither is kept, so both must be typed again.
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
