import { ts } from 'ts-morph'

/**
 * The lexicon documents among the object literals that a module exports, read from its source. Documents with computed
 * parts are left out.
 */
export function readLiterals(file: string, text: string): object[] {
  const kind = file.endsWith('.ts') ? ts.ScriptKind.TS : ts.ScriptKind.JS
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false, kind)
  return source.statements.flatMap(exportedValues).flatMap(documentsIn)
}

//= export const schemas = …, and exports.schemas = …
function exportedValues(statement: ts.Statement): ts.Expression[] {
  if (ts.isVariableStatement(statement)) {
    const isExported = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    if (!isExported) return []
    return statement.declarationList.declarations.flatMap(({ initializer }) => initializer ?? [])
  }
  if (ts.isExportAssignment(statement)) return [statement.expression]
  if (!ts.isExpressionStatement(statement)) return []
  const { expression } = statement
  const isAssigned =
    ts.isBinaryExpression(expression) &&
    expression.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    ts.isPropertyAccessExpression(expression.left) &&
    ts.isIdentifier(expression.left.expression) &&
    ['exports', 'module'].includes(expression.left.expression.text)
  return isAssigned ? [expression.right] : []
}

/** Documents in a value, at any depth. */
function documentsIn(expression: ts.Expression): object[] {
  const value = bare(expression)
  if (ts.isArrayLiteralExpression(value)) return value.elements.flatMap(documentsIn)
  if (!ts.isObjectLiteralExpression(value)) return []
  if (value.properties.some(isVersion)) {
    const document = readValue(value)
    return isDocument(document) ? [document] : []
  }
  return value.properties.flatMap((property) =>
    ts.isPropertyAssignment(property) ? documentsIn(property.initializer) : [],
  )
}

function isVersion(property: ts.ObjectLiteralElementLike): boolean {
  return ts.isPropertyAssignment(property) && keyOf(property.name) === 'lexicon'
}

function isDocument(value: unknown): value is { readonly id: string } {
  const { lexicon, id, defs } = (value ?? {}) as Record<string, unknown>
  return lexicon === 1 && typeof id === 'string' && typeof defs === 'object'
}

/** The value of a literal; `undefined`, which JSON does not have, if any part is computed. */
function readValue(expression: ts.Expression): unknown {
  const node = bare(expression)
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isNumericLiteral(node)) return Number(node.text)
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false
  if (node.kind === ts.SyntaxKind.NullKeyword) return null
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
    const value = readValue(node.operand)
    return typeof value === 'number' ? -value : undefined
  }
  if (ts.isArrayLiteralExpression(node)) {
    const items = node.elements.map(readValue)
    return items.includes(undefined) ? undefined : items
  }
  if (!ts.isObjectLiteralExpression(node)) return undefined
  const entries: [string, unknown][] = []
  for (const property of node.properties) {
    const key = ts.isPropertyAssignment(property) ? keyOf(property.name) : undefined
    const value = ts.isPropertyAssignment(property) ? readValue(property.initializer) : undefined
    if (key === undefined || value === undefined) return undefined
    entries.push([key, value])
  }
  // Not by assignment, so that "__proto__" is an ordinary key.
  return Object.fromEntries(entries)
}

function keyOf(name: ts.PropertyName): string | undefined {
  if (ts.isIdentifier(name) || ts.isStringLiteralLike(name) || ts.isNumericLiteral(name)) {
    return name.text
  }
  const isLiteral = ts.isComputedPropertyName(name) && ts.isStringLiteralLike(name.expression)
  return isLiteral ? (name.expression as ts.StringLiteral).text : undefined
}

/** Strips parentheses and type assertions: `({ … }) as const satisfies Documents`. */
function bare(expression: ts.Expression): ts.Expression {
  if (
    ts.isParenthesizedExpression(expression) ||
    ts.isAsExpression(expression) ||
    ts.isSatisfiesExpression(expression) ||
    ts.isTypeAssertionExpression(expression)
  ) {
    return bare(expression.expression)
  }
  return expression
}
