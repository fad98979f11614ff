import { STRICT_NAMES } from '../emit/strictness.ts'
import { SEVERITIES } from '../lint/finding.ts'
import { RULES } from '../lint/rules.ts'
import { CONFIG_KEYS, type ConfigKind } from './schema.ts'

const text = { type: 'string', minLength: 1 }
const pattern = { type: 'string', pattern: '^(\\*|[a-z0-9-]+(\\.[A-Za-z0-9-]+)*(\\.\\*)?)$' }
const several = (items: object): object => ({ type: 'array', minItems: 1, items })
const severity = { enum: [...SEVERITIES, 'off'] }

const SCHEMAS: Readonly<Record<ConfigKind, object>> = {
  string: text,
  strings: several(text),
  boolean: { type: 'boolean' },
  ending: { enum: ['ts', 'js', 'none'] },
  strictness: several({ enum: Object.keys(STRICT_NAMES) }),
  patterns: several(pattern),
  packages: { type: 'object', propertyNames: pattern, additionalProperties: text },
  severities: {
    type: 'object',
    properties: Object.fromEntries(RULES.map(({ name }) => [name, severity])),
    additionalProperties: false,
  },
}

/** The JSON schema of `lexwright.config.json`, for editors; the package ships it as `config.schema.json`. */
export function configSchema(): object {
  const properties = Object.entries(CONFIG_KEYS).map(([key, { kind, about }]) => [
    key,
    { description: about.replaceAll('`', ''), ...SCHEMAS[kind] },
  ])
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of lexwright',
    type: 'object',
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  }
}
