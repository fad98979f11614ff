import type { PropertyModel, ValueType } from '../ir/model.ts'

/** `From 1 to 100; default 50.`, as a sentence, or appended to a description. */
export function describedBy(
  description: string | undefined,
  facts: readonly string[],
): string | undefined {
  if (facts.length === 0) return description
  const text = facts.join('; ')
  const sentence = `${text[0]?.toUpperCase()}${text.slice(1)}.`
  const said = description?.trim() ?? ''
  if (said === '') return sentence
  return /[\r\n\u2028\u2029]/.test(said) ? `${description}\n\n${sentence}` : `${said} (${text})`
}

/** The description of a property, with the facts its type does not express. */
export function describedProperty({ description, type }: PropertyModel): string | undefined {
  return describedBy(description, factsOf(type))
}

/** The limits and format that validation checks, and the default. */
export function factsOf(type: ValueType): readonly string[] {
  switch (type.type) {
    case 'boolean':
      return defaultOf(type)
    case 'integer':
      return [...range(type.minimum, type.maximum), ...defaultOf(type)]
    case 'string':
      return [
        ...(type.format === undefined ? [] : [`format ${type.format}`]),
        ...range(type.minLength, type.maxLength, 'bytes'),
        ...range(type.minGraphemes, type.maxGraphemes, 'graphemes'),
        ...defaultOf(type),
      ]
    case 'bytes':
      return range(type.minLength, type.maxLength, 'bytes')
    case 'blob':
      return [
        ...(type.accept && type.accept.length > 0 ? [`accepts ${type.accept.join(', ')}`] : []),
        ...range(undefined, type.maxSize, 'bytes'),
      ]
    case 'array': {
      const each = factsOf(type.items)
      return [
        ...range(type.minLength, type.maxLength, 'items'),
        ...(each.length > 0 ? [`each ${each.join(', ')}`] : []),
      ]
    }
    default:
      return []
  }
}

/** `from 1 to 100`, `at least 1 bytes`, `at most 3000 bytes` */
function range(
  minimum: number | undefined,
  to: number | undefined,
  unit?: 'bytes' | 'graphemes' | 'items',
): readonly string[] {
  const what = unit ? ` ${unit}` : ''
  // A minimum length of 0 is not a constraint.
  const from = unit && minimum === 0 ? undefined : minimum
  if (from !== undefined && to !== undefined) {
    return [from === to ? `exactly ${from}${what}` : `from ${from} to ${to}${what}`]
  }
  if (from !== undefined) return [`at least ${from}${what}`]
  return to === undefined ? [] : [`at most ${to}${what}`]
}

function defaultOf({ default: value }: { readonly default?: unknown }): readonly string[] {
  return value === undefined ? [] : [`default ${JSON.stringify(value)}`]
}
