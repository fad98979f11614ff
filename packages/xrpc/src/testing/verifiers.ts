import {
  AuthRequiredError,
  ForbiddenError,
  InternalServerError,
  InvalidRequestError,
  parseReqNsid,
  XRPCError,
} from '@atproto/xrpc-server'
import { DeclaredError } from '../codegenv1/declared-error.ts'

// biome-ignore lint/suspicious/noExplicitAny: verifiers inspect any request, and return anything
type Any = any

/** Arguments of an `auth` function. */
interface Context {
  readonly params: Any
  readonly req: Any
  readonly res: Any
}

/** Handlers echo the error, and the stacks of the two servers differ. */
function withoutStack<E extends Error>(error: E): E {
  return Object.assign(error, { stack: 'a stack' })
}

const answers: Readonly<Record<string, (context: Context) => unknown>> = {
  credentials: () => ({ credentials: { did: 'did:web:a.test' } }),
  artifacts: () => ({ credentials: { did: 'did:web:a.test' }, artifacts: { token: [1] } }),
  noCredentials: () => ({ credentials: null }),
  emptyObject: () => ({}),
  nothing: () => undefined,
  null: () => null,
  false: () => false,
  zero: () => 0,
  emptyString: () => '',
  string: () => 'me',
  true: () => true,
  array: () => [1],
  frozen: () => Object.freeze({ credentials: Object.freeze({ did: 'a' }) }),
  class: () =>
    new (class Session {
      readonly did = 'a'
    })(),
  bare: () => Object.assign(Object.create(null), { credentials: 1 }),
  getter: () => ({
    get credentials() {
      return 'computed'
    },
  }),
  promised: () => Promise.resolve({ credentials: Promise.resolve(1) }),
  // biome-ignore lint/suspicious/noThenProperty: a custom thenable
  thenable: () => ({ then: (done: (value: unknown) => void) => done({ credentials: 'then' }) }),

  status401: () => ({ status: 401, error: 'Returned', message: 'an error' }),
  status403: () => ({ status: 403, message: 'no name' }),
  status400: () => ({ status: 400 }),
  status404: () => ({ status: 404, error: '' }),
  status500: () => ({ status: 500, error: 'Own', message: 'secret detail' }),
  status503: () => ({ status: 503, error: 'Busy', message: 'secret detail' }),
  status200: () => ({ status: 200, error: 'NoError' }),
  status399: () => ({ status: 399, error: 'NoError' }),
  status799: () => ({ status: 799, error: 'Odd' }),
  statusText: () => ({ status: '401', error: 'Text' }),
  statusFraction: () => ({ status: 401.5, error: 'Fraction' }),
  statusNaN: () => ({ status: Number.NaN, error: 'NaN' }),
  errorAlone: () => ({ error: 'NoStatus', message: 'x' }),
  messageOdd: () => ({ status: 401, error: 'Odd', message: 5 }),
  errorOdd: () => ({ status: 401, error: 5, message: 'x' }),
  both: () => ({ credentials: 1, status: 401, error: 'Both' }),
  errorReturned: () => withoutStack(new AuthRequiredError('returned, not thrown')),
  plainErrorReturned: () => withoutStack(new Error('secret detail')),

  challenge: ({ res }) => {
    res.setHeader('WWW-Authenticate', 'DPoP algs="ES256"')
    res.setHeader('DPoP-Nonce', 'n1')
    res.append('Access-Control-Expose-Headers', 'DPoP-Nonce')
    throw new AuthRequiredError('Bad proof', 'use_dpop_nonce')
  },
  header: ({ res }) => {
    res.setHeader('X-Verified', 'yes')
    return { credentials: 1 }
  },
  statusSet: ({ res }) => {
    res.status(202)
    return { credentials: 1 }
  },
  cookie: ({ res }) => {
    res.cookie('session', 'a b', { httpOnly: true })
    return { credentials: 1 }
  },
  answered: ({ res }) => {
    res.status(403).json({ own: 'answer' })
    return { credentials: 1 }
  },
  answeredAndThrown: ({ res }) => {
    res.status(403).json({ own: 'answer' })
    throw new AuthRequiredError('too late')
  },
  params: ({ params, req }) => ({ credentials: { params, query: { ...req.query } } }),
  paramsChanged: ({ params }) => {
    params.added = 'by the verifier'
    return { credentials: 1 }
  },
  keys: (context) => ({ credentials: Object.keys({ ...context }).sort() }),
  nsid: ({ req }) => ({ credentials: parseReqNsid(req) }),
  seen: ({ req }) => ({
    credentials: [req.url, req.originalUrl, req.baseUrl, req.path, req.method, req.ip, req.body],
  }),
  headers: ({ req }) => ({
    credentials: [
      req.headers.authorization,
      req.get('Authorization'),
      req.header('dpop'),
      req.headersDistinct?.authorization,
    ],
  }),
  reassigned: ({ req }) => {
    req.user = { did: 'a' }
    req.headers.authorization = 'changed'
    return { credentials: req.user }
  },
}

const thrown: Readonly<Record<string, () => unknown>> = {
  auth: () => new AuthRequiredError(),
  authNamed: () => new AuthRequiredError('Token has expired', 'ExpiredToken'),
  badJwt: () => new AuthRequiredError('jwt audience does not match', 'BadJwtAudience'),
  forbidden: () => new ForbiddenError('Not you', 'NotYou'),
  invalid: () => new InvalidRequestError('Bad token', 'InvalidToken'),
  internal: () => new InternalServerError('secret detail'),
  status402: () => new XRPCError(402 as number, 'pay', 'PaymentRequired'),
  declared: () => new DeclaredError('AccountTakedown', 'taken down', { status: 401 }),
  declaredHeaders: () =>
    new DeclaredError('Expired', 'again', {
      status: 401,
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    }),
  plain: () => new Error('secret detail'),
  object: () => ({ status: 401, error: 'Object', message: 'thrown' }),
  string: () => 'a string',
  undefined: () => undefined,
}

/** Behaviour of verifiers, by the `kind` that selects it. */
export const verifiers: Readonly<Record<string, (context: Context) => unknown>> = {
  ...answers,
  ...Object.fromEntries(
    Object.entries(thrown).flatMap(([name, make]) => [
      [
        `throws-${name}`,
        () => {
          throw make()
        },
      ],
      [`rejects-${name}`, () => Promise.reject(make())],
    ]),
  ),
}
