import { type Code, code, indent, join, key, lines, name } from './code.ts'
import { checks } from './runtime-symbols.ts'
import { type Check, checkOf, NEVER, type Rule } from './validator-scalar.ts'

/** The code for one property in an object's function: a condition, or statements that may set it in `r`. */
export type Step = {
  /** The variables it needs: `x` for the value, `y` for its replacement. */
  readonly variables: readonly ('x' | 'y')[]
} & ({ readonly condition: Code } | { readonly statements: (set: Setter) => Code })

/** The step of a property for which no object is valid. */
export const NOTHING_PASSES: Step = { condition: code`false`, variables: [] }

//= isAtUri(v.uri)
//= maybeDid(v.did)
//= ((x = v.text) === undefined || (hasAtMostBytes(x, 640) && hasAtMostGraphemes(x, 64)))
export function tested(property: string, absences: readonly Code[], rules: readonly Rule[]): Step {
  const read = code`v${accessOf(property)}`
  if (absences.length === 0) {
    if (rules === NEVER) return NOTHING_PASSES
    return repeats(rules)
      ? condition(conjunction(rules, code`(x = ${read})`, code`x`), 'x')
      : condition(conjunction(rules, read, read))
  }
  const call = checkOf(rules)
  if (call?.orAbsent && absences.length === 1 && absences[0] === ABSENT) {
    return condition(callOf({ ...call, check: call.orAbsent }, read))
  }
  if (rules === NEVER && absences.length === 1) {
    return condition(join(equalities(read, read, absences), ''))
  }
  const tests = equalities(code`(x = ${read})`, code`x`, absences)
  const rest = rules === NEVER ? undefined : conjunction(rules, code`x`, code`x`)
  return condition(code`(${either(tests, rest)})`, 'x')
}

/** The value that represents an absent optional property. */
export const ABSENT: Code = code`undefined`

//= if ((x = v.limit) === undefined) r = { ...r, limit: 50 };
//= else if (!isIntegerIn(x, 1, 100)) return;
export function filledIn(
  property: string,
  fallback: Code,
  absences: readonly Code[],
  rules: readonly Rule[],
): Step {
  const x = code`x`
  const tests = equalities(x, x, absences)
  if (tests.length === 0 && rules === NEVER) {
    const read = code`v${accessOf(property)}`
    return changing((set) => code`if (${read} !== undefined) return;\n${set(property, fallback)}`)
  }
  const present = either(tests, rules === NEVER ? undefined : conjunction(rules, x, x))
  return changing(
    (set) =>
      lines(
        code`if ((x = v${accessOf(property)}) === undefined) ${set(property, fallback)}`,
        code`else if (!(${present})) return;`,
      ),
    'x',
  )
}

//= if ((x = v.settings) !== undefined) {
//=   if ((y = settings(x)) === undefined) return;
//=   if (y !== x) r = { ...r, settings: y };
//= }
export function replaced(property: string, replacement: Code, absences: readonly Code[]): Step {
  const read = code`v${accessOf(property)}`
  const tests = absences.map(
    (absence, index) => code`${index === 0 ? code`(x = ${read})` : code`x`} !== ${absence}`,
  )
  const start = tests.length === 0 ? code`x = ${read};\n{` : code`if (${join(tests, ' && ')}) {`
  return changing(
    (set) => code`${start}
  if ((y = ${replacement}) === undefined) return;
  if (y !== x) ${set(property, code`y`)}
}`,
    'x',
    'y',
  )
}

/** Writes a statement that sets a property in `r`. */
type Setter = (property: string, value: Code) => Code

const inCopy: Setter = (property, value) => code`r = { ...r, ${key(property)}: ${value} };`

// In a literal, `__proto__` would set the prototype, which a copy of the copy would lose.
const byAssignment: Setter = (property, value) =>
  code`r = ${checks.assigned}(v, r, ${property}, ${value});`

/** The function body for an object, or for parameters, where anything but an object counts as an empty one. */
export function objectBody(
  steps: readonly Step[],
  given: 'object' | 'parameters',
  names: readonly string[],
): readonly Code[] {
  if (steps.includes(NOTHING_PASSES)) return [code`return;`]
  const locals = [...new Set(steps.flatMap((step) => step.variables))].sort()
  const conditions = steps.flatMap((step) => ('condition' in step ? [step.condition] : []))
  if (conditions.length === steps.length) return plainBody(conditions, locals, given)
  const set = names.includes('__proto__') ? byAssignment : inCopy
  return changingBody(steps, locals, given, set)
}

const PARAMETERS = code`if (!${checks.isObject}(v)) v = {};`

//= let x;
//= return isObject(v) &&
//=   isAtUri(v.uri) &&
//=   ((x = v.text) === undefined || hasAtMostBytes(x, 640))
//=   ? v
//=   : undefined;
function plainBody(
  conditions: readonly Code[],
  locals: readonly string[],
  given: 'object' | 'parameters',
): Code[] {
  const start = given === 'object' ? [code`${checks.isObject}(v)`] : []
  const all = code`${join([...start, ...conditions], ' &&\n')}\n? v\n: undefined`
  return [
    ...(given === 'parameters' ? [PARAMETERS] : []),
    ...(locals.length > 0 ? [code`let x;`] : []),
    start.length + conditions.length === 0 ? code`return v;` : code`return ${indent(all)};`,
  ]
}

//= if (!isObject(v)) return;
//= let r = v;
//= let x;
//= if (!(isAtUri(v.uri) && isCidText(v.cid))) return;
//= …
//= return r;
function changingBody(
  steps: readonly Step[],
  locals: readonly ('x' | 'y')[],
  given: 'object' | 'parameters',
  set: Setter,
): Code[] {
  const body: Code[] = []
  let conditions: Code[] = []
  const settle = (): void => {
    if (conditions.length > 0) {
      const all = indent(code`\n${join(conditions, ' &&\n')}`)
      body.push(
        code`if (!(${conditions.length > 2 ? code`${all}\n` : join(conditions, ' && ')})) return;`,
      )
    }
    conditions = []
  }
  for (const step of steps) {
    if ('condition' in step) {
      conditions.push(step.condition)
    } else {
      settle()
      body.push(step.statements(set))
    }
  }
  settle()
  return [
    given === 'object' ? code`if (!${checks.isObject}(v)) return;` : PARAMETERS,
    code`let r = v;`,
    ...(locals.length > 0 ? [code`let ${join(locals.map(name), ', ')};`] : []),
    ...body,
    code`return r;`,
  ]
}

/** All rules combined; the first mention of the value is `first`, every other one `again`. */
export function conjunction(rules: readonly Rule[], first: Code, again: Code): Code {
  const conditions = rules.map((rule, index) => {
    const x = index === 0 ? first : again
    return 'check' in rule ? callOf(rule, x) : rule.condition(x, again)
  })
  return join(conditions, ' && ')
}

/** Any of the tests, or `rest`. */
export function either(tests: readonly Code[], rest: Code | undefined): Code {
  return join([...tests, ...(rest ? [rest] : [])], ' || ')
}

function callOf({ check, more }: Check, x: Code): Code {
  return code`${check}(${x}${more ?? code``})`
}

/** `.name`, or `['na-me']` */
function accessOf(property: string): Code {
  return /^[A-Za-z_$][\w$]*$/.test(property) ? code`.${name(property)}` : code`[${property}]`
}

function repeats([first, ...more]: readonly Rule[]): boolean {
  return more.length > 0 || (first !== undefined && 'condition' in first && first.repeats === true)
}

function equalities(first: Code, again: Code, values: readonly Code[]): Code[] {
  return values.map((value, index) => code`${index === 0 ? first : again} === ${value}`)
}

function condition(code: Code, ...variables: Step['variables']): Step {
  return { condition: code, variables }
}

function changing(statements: (set: Setter) => Code, ...variables: Step['variables']): Step {
  return { statements, variables }
}
