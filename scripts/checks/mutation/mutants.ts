import { type Node, parse } from 'acorn'
import { full } from 'acorn-walk'

/** A text with one mutation. */
export interface Mutant {
  readonly text: string
  readonly line: number
  /** The code before and after. */
  readonly change: string
}

/** Every mutation that this module can make to a script, one per mutant. */
export function mutantsOf(text: string): Mutant[] {
  const mutants: Mutant[] = []
  const edit = (node: Node, replacement: string): void => {
    const was = text.slice(node.start, node.end)
    if (was === replacement) return
    const { length: line } = text.slice(0, node.start).split('\n')
    const change = `${shortened(was)} → ${shortened(replacement)}`
    mutants.push({
      text: text.slice(0, node.start) + replacement + text.slice(node.end),
      line,
      change,
    })
  }
  const source = (node: Node): string => text.slice(node.start, node.end)
  // biome-ignore lint/suspicious/noExplicitAny: acorn's nodes are distinguished by their `type` here
  full(parse(text, { ecmaVersion: 'latest', sourceType: 'module' }), (node: any) => {
    switch (node.type) {
      case 'LogicalExpression':
        edit(node, source(node.left))
        edit(node, source(node.right))
        break
      case 'BinaryExpression': {
        for (const operator of OTHERS[node.operator] ?? []) {
          edit(node, `${source(node.left)} ${operator} ${source(node.right)}`)
        }
        break
      }
      case 'UnaryExpression':
        if (node.operator === '!') edit(node, source(node.argument))
        break
      case 'ConditionalExpression':
        edit(node, source(node.consequent))
        edit(node, source(node.alternate))
        break
      case 'CallExpression':
        for (let kept = 1; kept < node.arguments.length; kept++) {
          const given = node.arguments.slice(0, kept).map(source).join(', ')
          edit(node, `${source(node.callee)}(${given})`)
        }
        break
      case 'IfStatement':
        edit(node.test, 'true')
        edit(node.test, 'false')
        break
      case 'ReturnStatement':
        if (node.argument) edit(node, 'return undefined')
        else edit(node, 'return v')
        break
      case 'SwitchCase':
        edit(node, '')
        break
      case 'Literal':
        for (const literal of otherLiterals(node)) edit(node, literal)
        break
      case 'MemberExpression':
        if (!node.computed && node.object.type === 'Identifier' && node.object.name === 'v') {
          edit(node, `v.${node.property.name}_`)
        }
        break
      case 'AssignmentExpression':
        if (node.right.type === 'ObjectExpression') {
          edit(node, source(node.left))
          edit(
            node,
            `${source(node.left)} = Object.assign(${source(node.left)}, ${source(node.right)})`,
          )
        }
    }
  })
  return mutants
}

const OTHERS: Readonly<Record<string, readonly string[]>> = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  instanceof: ['=='],
}

function otherLiterals(node: {
  readonly value?: unknown
  readonly regex?: { readonly pattern: string }
}): string[] {
  if (node.regex) return widened(node.regex.pattern).map((pattern) => `/${pattern}/`)
  if (typeof node.value === 'number') return [`${node.value + 1}`, `${node.value - 1}`]
  if (typeof node.value === 'boolean') return [`${!node.value}`]
  if (typeof node.value === 'string') return [JSON.stringify(`${node.value}_`)]
  return []
}

/** A pattern with one part made more permissive: a stricter one cannot change a verdict. */
function widened(pattern: string): string[] {
  const patterns = new Set<string>()
  if (pattern.startsWith('^')) patterns.add(pattern.slice(1))
  if (pattern.endsWith('$')) patterns.add(pattern.slice(0, -1))
  for (const { index, 0: found } of pattern.matchAll(/\[[^\]]*\]|\\d|\+|\\\.|\{[\d,]+\}/g)) {
    const others = found === '+' ? ['*'] : found.startsWith('{') ? ['*'] : ['[^]']
    for (const other of others) {
      patterns.add(pattern.slice(0, index) + other + pattern.slice(index + found.length))
    }
  }
  return [...patterns]
}

function shortened(text: string): string {
  const flat = text.replace(/\s+/g, ' ')
  return flat.length > 70 ? `${flat.slice(0, 67)}…` : flat
}
