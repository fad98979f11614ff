import { type Implementable, membersOf } from './implement.ts'
import type { AnyInterceptor, Interceptor } from './interceptors.ts'
import type { XrpcService } from './xrpc-service.ts'

type AnyFunction = (...parameters: never[]) => unknown

/** The methods and subscriptions of a namespace, without those of the namespaces in it. */
export type MethodName<Handlers> = {
  [Name in keyof Handlers & string]: Extract<Handlers[Name], AnyFunction> extends never
    ? never
    : Name
}[keyof Handlers & string]

/** An interceptor of one method, with the types of its handler. */
export type MethodInterceptor<Handler> =
  Extract<Handler, AnyFunction> extends (context: infer Context) => infer Result
    ? Interceptor<
        Omit<Context, 'auth'> & { readonly nsid: string; readonly auth: unknown },
        Awaited<Result>
      >
    : never

/**
 * Puts an interceptor around the handlers of a namespace, of the namespaces below it, or of a server; with a name, of one
 * method. It runs in the handler's place: parameters, credentials, body and rate limit have been checked, and what it returns
 * is checked as the handler's. Interceptors run in the order in which they were registered, whether their handlers were
 * registered before or after them; those of a server also around methods that no namespace has. A subscription is
 * intercepted when it is opened, and `next` has its messages. One that does not pass on a stream that it got has to read or
 * destroy it, unless it throws.
 *
 * @example
 * ```ts
 * intercept(server.com.example, async (call, next) => {
 *   const started = performance.now()
 *   const output = await next()
 *   console.log(call.nsid, performance.now() - started)
 *   return output
 * })
 * intercept(server.com.example, 'greet', async ({ params }, next) =>
 *   params.name === 'Ada' ? { encoding: 'application/json', body: { greeting: 'You again!' } } : await next(),
 * )
 * ```
 * @throws TypeError for a name that is no method
 */
export function intercept<N extends Implementable>(target: N, interceptor: Interceptor): void
export function intercept<N extends Implementable, Name extends MethodName<N['_handlers']>>(
  target: N,
  method: Name,
  interceptor: MethodInterceptor<N['_handlers'][Name]>,
): void
export function intercept(
  target: Implementable,
  ...[first, second]: [AnyInterceptor] | [string, AnyInterceptor]
): void {
  const server = Reflect.get(target, '_server') as XrpcService | undefined
  if (typeof first !== 'string') {
    if (server) server.addInterceptor(first, new Set(nsidsOf(target)))
    else (target as unknown as XrpcService).addInterceptor(first)
    return
  }
  if (!server || !membersOf(target).methods.includes(first)) {
    throw new TypeError(`There is no method ${first}`)
  }
  server.addInterceptor(second as AnyInterceptor, new Set([nsidOf(target, first)]))
}

function nsidsOf(target: object): string[] {
  const { methods, namespaces } = membersOf(target)
  return [
    ...methods.map((name) => nsidOf(target, name)),
    ...namespaces.flatMap((name) => nsidsOf(Reflect.get(target, name))),
  ]
}

/** The full name of a method: a generated method registers itself under it. */
function nsidOf(target: object, method: string): string {
  let found = ''
  const register = (nsid: string): void => {
    found = nsid
  }
  const _server: Pick<XrpcService, 'method' | 'streamMethod'> = {
    method: register,
    streamMethod: register,
  }
  Reflect.apply(Reflect.get(target, method), { _server }, [undefined])
  return found
}
