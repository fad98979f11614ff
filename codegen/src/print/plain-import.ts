import type { Import } from './imports.ts'

//= import type * as Defs from './defs.ts'
//= import { type A, B as C } from 'some-package'
/**
 * An import declaration of a plain shape, as `ts-morph` prints it; `undefined` for any other, which is left to it.
 * Loading a compiler takes longer than generating hundreds of modules, and nearly every import is plain.
 */
export function plainImport({ specifier, typeOnly, namespace, named }: Import): string | undefined {
  if (!PLAIN_SPECIFIER.test(specifier)) return undefined
  const brought = namespace === undefined ? plainNames(named, typeOnly) : plainNamespace(namespace)
  // Both at once, or neither, is nothing that the generator asks for.
  if (brought === undefined || (namespace === undefined) === (named.length === 0)) return undefined
  return `import ${typeOnly ? 'type ' : ''}${brought} from '${specifier}'`
}

function plainNamespace(namespace: string): string | undefined {
  return PLAIN_NAME.test(namespace) ? `* as ${namespace}` : undefined
}

function plainNames(named: Import['named'], typeOnly: boolean): string | undefined {
  const texts: string[] = []
  for (const { name, local, typeOnly: isType } of named) {
    if (!PLAIN_NAME.test(name) || !PLAIN_NAME.test(local)) return undefined
    const renamed = local === name ? name : `${name} as ${local}`
    texts.push(isType && !typeOnly ? `type ${renamed}` : renamed)
  }
  return `{ ${texts.join(', ')} }`
}

/** What needs no escape between quotes: paths of generated modules, and nearly all packages. */
const PLAIN_SPECIFIER = /^[\w@#~./:-]+$/

/** What every name is that the generator itself makes up. */
const PLAIN_NAME = /^[A-Za-z_$][\w$]*$/
