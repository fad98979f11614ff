import { type CallExpression, Node, type ObjectLiteralExpression, type SourceFile } from 'ts-morph'
import type { Model, NamespaceModel } from '../ir/model.ts'

/** An object with the handlers of one namespace, in a project's source. */
export interface Implementation {
  readonly namespace: NamespaceModel
  readonly object: ObjectLiteralExpression
}

/** The objects passed to `implement`, and why others were not found. */
export interface Found {
  readonly implementations: readonly Implementation[]
  /** Namespaces implemented in a way that cannot be analysed. */
  readonly unread: ReadonlySet<NamespaceModel>
  readonly notes: readonly string[]
}

/** Finds the calls of `implement` with a literal namespace and literal handlers. */
export function findImplementations(files: readonly SourceFile[], model: Model): Found {
  const implementations: Implementation[] = []
  const unread = new Set<NamespaceModel>()
  const notes: string[] = []
  for (const file of files) {
    for (const call of callsOfImplement(file)) {
      const [target, handlers] = call.getArguments()
      const namespace = target && namespaceOf(target, model)
      if (!namespace) {
        notes.push(
          `${placeOf(call)}: cannot tell which namespace \`${target?.getText() ?? ''}\` is. Write it out, such as implement(server.com.example, { … }).`,
        )
        continue
      }
      const object = handlers && objectOf(handlers)
      if (object) implementations.push({ namespace, object })
      else {
        unread.add(namespace)
        notes.push(
          `${placeOf(call)}: the handlers of ${namespace.path} are not an object literal in this file. Add the missing ones there.`,
        )
      }
    }
  }
  return { implementations, unread, notes }
}

/** `//= src/server.ts:7` */
export function placeOf(node: Node): string {
  return `${node.getSourceFile().getFilePath().slice(1)}:${node.getStartLineNumber()}`
}

function callsOfImplement(file: SourceFile): CallExpression[] {
  const names = file.getImportDeclarations().flatMap((declaration) => {
    const all = declaration.getNamespaceImport()?.getText()
    const named = declaration
      .getNamedImports()
      .filter((one) => one.getName() === 'implement')
      .map((one) => one.getAliasNode()?.getText() ?? one.getName())
    return all === undefined ? named : [`${all}.implement`]
  })
  if (names.length === 0) return []
  return file
    .getDescendants()
    .filter(Node.isCallExpression)
    .filter((call) => names.includes(call.getExpression().getText()))
}

/** The namespace of `server.com.example`, also of another object, or as `com.example` of its parts. */
function namespaceOf(target: Node, model: Model): NamespaceModel | undefined {
  const { base, path } = pathOf(target)
  const ends = path.map((_, index) => path.slice(index))
  // A bare variable may be any namespace, whatever its name.
  const ways = path.length > 0 ? [...ends, [base, ...path]] : []
  return ways.map((way) => namespaceAt(way, model)).find((one) => one !== undefined)
}

function namespaceAt(path: readonly string[], model: Model): NamespaceModel | undefined {
  let children = model.namespaces
  let found: NamespaceModel | undefined
  for (const property of path) {
    found = children.find((child) => child.property === property)
    if (!found) return undefined
    children = found.children
  }
  return found
}

/** The properties that an expression reads one after the other, and the object it begins with. */
function pathOf(target: Node): { readonly base: string; readonly path: readonly string[] } {
  const path: string[] = []
  let current = target
  while (Node.isPropertyAccessExpression(current) || Node.isNonNullExpression(current)) {
    if (Node.isPropertyAccessExpression(current)) path.unshift(current.getName())
    current = current.getExpression()
  }
  return { base: current.getText(), path }
}

/** The object literal of an expression: itself, or a constant of the same file. */
function objectOf(expression: Node): ObjectLiteralExpression | undefined {
  if (Node.isObjectLiteralExpression(expression)) return expression
  if (Node.isSatisfiesExpression(expression) || Node.isParenthesizedExpression(expression)) {
    return objectOf(expression.getExpression())
  }
  if (!Node.isIdentifier(expression)) return undefined
  const declaration = expression.getSourceFile().getVariableDeclaration(expression.getText())
  const initializer = declaration?.getInitializer()
  return initializer && !Node.isIdentifier(initializer) ? objectOf(initializer) : undefined
}
