import type { AccountMethod, EraHandlers, ServerWith, TodaysHandlers } from './methods.ts'

/**
 * Registers handlers of both generations by NSID.
 *
 * @throws {TypeError} if a method has no handler or the server does not have it; nothing is
 * registered then.
 */
export function registerMethods<Method extends AccountMethod>(
  server: ServerWith<Method>,
  methods: readonly Method[],
  generations: readonly (EraHandlers | TodaysHandlers)[],
): void {
  const registrations = methods.map((method) => {
    const [namespace = '', name = ''] = method.split('.').slice(2)
    const target: unknown = Reflect.get(server.com.atproto, namespace)
    const register = memberOf(target, name)
    const handler = generations
      .map((handlers) => memberOf(Reflect.get(handlers, namespace), name))
      .find((each) => each !== undefined)
    if (handler === undefined) throw new TypeError(`The module has no method ${method}`)
    if (typeof register !== 'function') throw new TypeError(`The server has no method ${method}`)
    return () => Reflect.apply(register, target, [handler])
  })
  for (const register of registrations) register()
}

function memberOf(target: unknown, name: string): unknown {
  return typeof target === 'object' && target !== null ? Reflect.get(target, name) : undefined
}
