import type { ServerResponse } from 'node:http'
import { html, type PageCalls } from '@lexwright/account'
import { type RequestHandler, type Router, urlencoded } from 'express'
import { ownRoutes } from '../http/own-routes.ts'
import { explain, NO_CODE } from './explain.ts'
import { type FormProblem, renderAlert, renderField, textField } from './form.ts'
import { ownerForm } from './owner-form.ts'
import { type OwnerFields, type OwnerPage, ownerPages } from './owner-pages.ts'
import { MAX_BODY_BYTES, sendPage, sendSeeOther } from './page.ts'

export const FORGOT_PASSWORD_PATH = '/mail/forgot-password'

export interface AccountPagesOptions {
  readonly serviceName: string
  readonly calls: PageCalls
}

const form = urlencoded({ extended: false, limit: MAX_BODY_BYTES, parameterLimit: 8 })

/** Pages on which users manage their account without an app. They create no sessions. */
export function accountPageRoutes(options: AccountPagesOptions): Router {
  const routes = ownRoutes()
  for (const page of ownerPages) addOwnerPage(routes, page, options)
  addForgotPassword(routes, options)
  return routes
}

interface Shown {
  readonly status: number
  readonly typed: Pick<OwnerFields, 'name' | 'email'>
  readonly notice?: string
  readonly problem?: FormProblem
}

function addOwnerPage(
  routes: Router,
  page: OwnerPage,
  { serviceName, calls }: AccountPagesOptions,
): void {
  const { path, title, done } = page
  const donePath = `${path}/done`

  const show = (res: ServerResponse, { status, ...shown }: Shown): void =>
    sendPage(res, {
      status,
      title: titleOf(title, shown.problem),
      serviceName,
      takesCode: true,
      body: ownerForm({ ...page, ...shown }),
    })

  const receive: RequestHandler = async (req, res, next) => {
    const fields = fieldsOf(req.body)
    const refuse = (status: number, { field, message }: FormProblem): void => {
      const isShown = field !== undefined && (field !== 'email' || page.takesEmail)
      show(res, { status, typed: fields, problem: { message, ...(isShown && { field }) } })
    }
    try {
      if (textField(req.body, 'step') === 'send') {
        const isSent = await page.send(calls, { req, res }, fields)
        const notice = isSent
          ? 'A mail with a code is on its way. Its link opens this page.'
          : 'No code is needed: the present address is not confirmed.'
        return show(res, { status: 200, typed: fields, notice })
      }
      if (!page.takesEmail && fields.token === '') {
        return refuse(400, { field: 'token', message: NO_CODE })
      }
      await page.finish(calls, { req, res }, fields)
    } catch (error) {
      const refusal = explain(error)
      if (refusal === undefined) return next(error)
      return refuse(refusal.status, refusal.problem)
    }
    sendSeeOther(res, donePath)
  }

  routes
    .route(path)
    .get((_req, res) => show(res, { status: 200, typed: { name: '', email: '' } }))
    .post(form, receive)
    .all((_req, res) => void res.status(405).set('Allow', 'GET, HEAD, POST').end())
  routes.get(donePath, (_req, res) =>
    sendPage(res, {
      status: 200,
      title: done.title,
      serviceName,
      body: [html`<h1>${done.title}</h1>`, html`<p>${done.text}</p>`],
    }),
  )
}

function addForgotPassword(routes: Router, { serviceName, calls }: AccountPagesOptions): void {
  const title = 'Forgot your password?'
  const show = (res: ServerResponse, status: number, email: string, problem?: FormProblem): void =>
    sendPage(res, {
      status,
      title: titleOf(title, problem),
      serviceName,
      body: [
        html`<h1>${title}</h1>`,
        ...renderAlert(problem),
        html`<form method="post" action="${FORGOT_PASSWORD_PATH}">
${renderField(
  {
    name: 'email',
    type: 'email',
    label: 'Email address of the account',
    value: email,
    autocomplete: 'email',
  },
  { hasFocus: true, problem: problem?.field === 'email' ? problem.message : undefined },
)}
<button type="submit">Send me a code</button>
</form>`,
      ],
    })

  const receive: RequestHandler = async (req, res, next) => {
    const email = textField(req.body, 'email')
    try {
      await calls.requestPasswordReset({ req, res }, { email })
    } catch (error) {
      const refusal = explain(error)
      if (refusal === undefined) return next(error)
      return show(res, refusal.status, email, refusal.problem)
    }
    sendSeeOther(res, `${FORGOT_PASSWORD_PATH}/done`)
  }

  routes
    .route(FORGOT_PASSWORD_PATH)
    .get((_req, res) => show(res, 200, ''))
    .post(form, receive)
    .all((_req, res) => void res.status(405).set('Allow', 'GET, HEAD, POST').end())
  routes.get(`${FORGOT_PASSWORD_PATH}/done`, (_req, res) =>
    sendPage(res, {
      status: 200,
      title: 'Look for a mail',
      serviceName,
      body: [
        html`<h1>Look for a mail</h1>`,
        html`<p>If there is an account with that address, a mail with a code is on its way to it. The code works for a few minutes.</p>`,
      ],
    }),
  )
}

function titleOf(title: string, problem: FormProblem | undefined): string {
  return problem === undefined ? title : `Error: ${title}`
}

function fieldsOf(body: unknown): OwnerFields {
  const [name, password, email, token] = ['name', 'password', 'email', 'token'].map((field) =>
    textField(body, field),
  ) as [string, string, string, string]
  return { name, password, email, token }
}
