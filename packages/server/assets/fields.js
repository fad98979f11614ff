// @ts-check

/** Something in a form that cannot be sent, and where it is. */
export class FieldProblem extends Error {
  /**
   * @param {string} message
   * @param {Element} field
   */
  constructor(message, field) {
    super(message)
    this.field = field
  }
}

/**
 * The values of the fields for one part of a call, put together; empty fields are left out.
 *
 * @param {Element} form
 * @param {'query' | 'body'} part
 * @returns {Record<string, unknown>}
 */
export function collect(form, part) {
  const all = object()
  for (const field of fieldsOf(form, part)) {
    const value = enteredIn(field)
    if (value !== undefined) put(all, pathOf(field), value)
  }
  return all
}

/**
 * Writes values into the fields, and empties those without one.
 *
 * @param {Element} form
 * @param {'query' | 'body'} part
 * @param {unknown} values
 */
export function fill(form, part, values) {
  for (const field of fieldsOf(form, part)) {
    const value = at(values, pathOf(field))
    field.value = value === undefined || value === null ? '' : textOf(field, value)
  }
}

/**
 * Whether everything in a value has a field that shows it.
 *
 * @param {Element} form
 * @param {Record<string, unknown>} body
 */
export function isShown(form, body) {
  return JSON.stringify(sorted(collect(form, 'body'))) === JSON.stringify(sorted(body))
}

/**
 * Parameters of an address: lists repeat their name.
 *
 * @param {Record<string, unknown>} values
 */
export function queryString(values) {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      query.append(name, typeof each === 'object' ? JSON.stringify(each) : String(each))
    }
  }
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

/**
 * @param {Element} form
 * @param {string} part
 * @returns {Iterable<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>}
 */
function fieldsOf(form, part) {
  return form.querySelectorAll(`[data-in="${part}"]`)
}

/** @returns {string[]} */
function pathOf(/** @type {HTMLElement} */ field) {
  return JSON.parse(field.dataset.path ?? '[]')
}

/** @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} field */
function enteredIn(field) {
  const text = field.value
  if (text === '') return undefined
  switch (field.dataset.kind) {
    case 'integer':
      return integer(text)
    case 'boolean':
      return text === 'true'
    case 'list': {
      const lines = text.split('\n').filter((line) => line !== '')
      return field.dataset.items === 'integer' ? lines.map(integer) : lines
    }
    case 'json':
      return json(text, field)
    default:
      return text
  }
}

/** What is no number is sent as it is: the service says what is wrong with it. */
function integer(/** @type {string} */ text) {
  return /^-?\d+$/.test(text.trim()) ? Number(text) : text
}

/**
 * @param {string} text
 * @param {Element} field
 * @returns {unknown}
 */
export function json(text, field) {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new FieldProblem(`This is no JSON: ${/** @type {Error} */ (error).message}`, field)
  }
}

/**
 * @param {HTMLElement} field
 * @param {unknown} value
 */
function textOf(field, value) {
  const { kind } = field.dataset
  if (kind === 'list' && Array.isArray(value)) return value.map(String).join('\n')
  return kind === 'json' || typeof value === 'object'
    ? JSON.stringify(value, null, 2)
    : String(value)
}

/** An object that takes any name for a property, `__proto__` too. */
function object() {
  return /** @type {Record<string, unknown>} */ (Object.create(null))
}

/**
 * @param {Record<string, unknown>} into
 * @param {string[]} path
 * @param {unknown} value
 */
function put(into, path, value) {
  const [first = '', ...rest] = path
  if (rest.length === 0) {
    into[first] = value
    return
  }
  into[first] ??= object()
  put(/** @type {Record<string, unknown>} */ (into[first]), rest, value)
}

/**
 * @param {unknown} values
 * @param {string[]} path
 * @returns {unknown}
 */
function at(values, path) {
  const [first, ...rest] = path
  if (first === undefined) return values
  if (typeof values !== 'object' || values === null || !Object.hasOwn(values, first))
    return undefined
  return at(Reflect.get(values, first), rest)
}

/**
 * @param {unknown} value
 * @returns {unknown}
 */
function sorted(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const names = Object.keys(value).sort()
  return names.map((name) => [name, sorted(Reflect.get(value, name))])
}
