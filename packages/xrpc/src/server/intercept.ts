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
 * Wraps the handlers of a namespace and those below it, of a server, or, with a name, of one method. Runs in the
 * handler's place: parameters, credentials, body and rate limit have been checked, and its result is checked like a
 * handler's. Interceptors run in order of registration, even for handlers registered later; those of a server also wrap
 * methods outside any namespace. A subscription is intercepted when it opens, and `next` returns its messages. An
 * interceptor that does not pass on a stream it received has to read or destroy it, unless it throws.
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
 * @throws TypeError for a name that is not a method
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

/** The NSID of a method: generated methods register themselves under it. */
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
