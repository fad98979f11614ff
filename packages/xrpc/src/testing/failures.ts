import { XRPCError as ClientError } from '@atproto/xrpc'
import {
  AuthRequiredError,
  ForbiddenError,
  InvalidRequestError,
  MethodNotImplementedError,
  UpstreamFailureError,
  XRPCError,
} from '@atproto/xrpc-server'
import { DeclaredError } from '../codegenv1/declared-error.ts'

class NamedError extends Error {}

const thrown: Readonly<Record<string, () => unknown>> = {
  invalid: () => new InvalidRequestError('Not like this'),
  named: () => new InvalidRequestError('Not like this', 'NotLikeThis'),
  unicode: () => new InvalidRequestError('Nicht für Ö 😀 <b>'),
  noMessage: () => new InvalidRequestError(),
  auth: () => new AuthRequiredError('Who?', 'WhoAreYou'),
  forbidden: () => new ForbiddenError('No'),
  notImplemented: () => new MethodNotImplementedError('Later'),
  upstream: () => new UpstreamFailureError('They failed'),
  status418: () => new XRPCError(418 as number, 'Tea', 'Teapot'),
  status500: () => new XRPCError(500, 'secret', 'OwnName'),
  status599: () => new XRPCError(599 as number, 'odd'),
  status200: () => new XRPCError(200, 'not an error?'),
  statusFraction: () => new XRPCError(400.5 as number, 'odd'),
  declared: () => new DeclaredError('Declared', 'as declared'),
  declared503: () =>
    new DeclaredError('Busy', 'later', { status: 503, headers: { 'retry-after': '1' } }),
  client: () => new ClientError(404, 'NotFound', 'upstream said'),
  clientUnknown: () => new ClientError(1, 'x', 'network'),
  clientInvalid: () => new ClientError(2, 'x', 'shape'),
  plain: () => new Error('secret detail'),
  type: () => new TypeError('secret detail'),
  class: () => new NamedError('secret detail'),
  http: () => Object.assign(new Error('conflict'), { status: 409, statusCode: 409, expose: true }),
  object: () => ({ status: 404, error: 'NotFound', message: 'thrown as an object' }),
  objectOdd: () => ({ status: 200, error: 'x' }),
  string: () => 'a string',
  number: () => 42,
  null: () => null,
  undefined: () => undefined,
  zero: () => 0,
  emptyString: () => '',
  frozen: () => Object.freeze(new Error('frozen')),
}

/** Handlers that throw, synchronously and later, by the `kind` that selects them. */
export const failures: Readonly<Record<string, () => unknown>> = Object.fromEntries(
  Object.entries(thrown).flatMap(([name, make]) => [
    [
      name,
      () => {
        throw make()
      },
    ],
    [
      `${name}Later`,
      async () => {
        await null
        throw make()
      },
    ],
  ]),
)
