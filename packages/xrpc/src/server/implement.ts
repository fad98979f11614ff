/** A namespace of a generated server, or the server; its type lists all handlers below it. */
export interface Implementable {
  readonly _handlers: object
}

/**
 * Registers every method of a namespace and of the namespaces below it. The type of `handlers` lists them all,
 * so a missing one does not compile.
 *
 * @example
 * ```ts
 * implement(server.com.example, { greet: async ({ input }) => … })
 * ```
 * @throws TypeError if, despite the types, a handler is missing or names no method; nothing is registered then
 */
export function implement<N extends Implementable>(target: N, handlers: N['_handlers']): void {
  for (const register of registrations(target, handlers, '')) register()
}

function registrations(target: object, handlers: object, path: string): (() => void)[] {
  const { methods, namespaces } = membersOf(target)
  const stray = isLiteral(handlers)
    ? Object.keys(handlers).find((name) => !methods.includes(name) && !namespaces.includes(name))
    : undefined
  if (stray !== undefined) throw new TypeError(`There is no method ${path}${stray}`)
  return [
    ...methods.map((name) => {
      const handler = handlerOf(handlers, name)
      if (handler === undefined) throw new TypeError(`No handler for ${path}${name}`)
      return () => Reflect.apply(Reflect.get(target, name), target, [handler])
    }),
    ...namespaces.flatMap((name) => {
      const below: unknown = Reflect.get(handlers, name)
      const given = typeof below === 'object' && below !== null ? below : {}
      return registrations(Reflect.get(target, name), given, `${path}${name}.`)
    }),
  ]
}

/** The names of a namespace's methods, and of the namespaces in it. */
export function membersOf(target: object): Record<'methods' | 'namespaces', readonly string[]> {
  return {
    methods: Object.getOwnPropertyNames(Object.getPrototypeOf(target)).filter(
      (name) => name !== 'constructor',
    ),
    namespaces: Object.keys(target).filter((name) => isNamespace(Reflect.get(target, name))),
  }
}

/** Namespaces refer to their server; the server itself does not. */
function isNamespace(value: unknown): value is object {
  return typeof value === 'object' && value !== null && '_server' in value
}

/** True for an object literal; class instances may have members that are not handlers. */
function isLiteral(handlers: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(handlers)
  return prototype === Object.prototype || prototype === null
}

/** Binds a handler that is a method of a class, which needs its `this`. */
function handlerOf(handlers: object, name: string): unknown {
  const handler: unknown = Reflect.get(handlers, name)
  if (handler === Reflect.get(Object.prototype, name)) return undefined
  return typeof handler === 'function' ? handler.bind(handlers) : handler
}
