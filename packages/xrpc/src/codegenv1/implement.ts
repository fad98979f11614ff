/** A namespace of a generated server, or the server: it carries the type of all handlers below it. */
export interface Implementable {
  readonly _handlers: object
}

/**
 * Registers every method of a namespace, and of the namespaces below it. The type of `handlers` lists them all,
 * so a missing one does not compile.
 *
 * @example
 * ```ts
 * implement(server.com.example, { greet: async ({ input }) => … })
 * ```
 * @throws TypeError when, past the compiler, a handler is missing or names no method; nothing is registered then
 */
export function implement<N extends Implementable>(target: N, handlers: N['_handlers']): void {
  for (const register of registrations(target, handlers, '')) register()
}

function registrations(target: object, handlers: object, path: string): (() => void)[] {
  const prototype: object = Object.getPrototypeOf(target)
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name !== 'constructor' && Reflect.get(handlers, name) === undefined) {
      throw new TypeError(`No handler for ${path}${name}`)
    }
  }
  return Object.entries(handlers).flatMap(([name, handler]) => {
    const member: unknown = Reflect.get(target, name)
    if (typeof member === 'function' && Object.hasOwn(prototype, name)) {
      return [() => Reflect.apply(member, target, [handler])]
    }
    if (typeof member === 'object' && member !== null && Object.hasOwn(target, name)) {
      return registrations(member, handler, `${path}${name}.`)
    }
    throw new TypeError(`There is no method ${path}${name}`)
  })
}
