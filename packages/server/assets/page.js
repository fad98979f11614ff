// @ts-check
import { showAnswer, showFailure, showWaiting } from './answer.js'
import { collect, FieldProblem, fill, isShown, json, queryString } from './fields.js'

/*
 * Calls from the page. Credentials are in their fields and nowhere else: they are not stored, not written into an
 * address, and gone when the page is.
 */

const token = input('credentials-token')
const user = input('credentials-user')
const password = input('credentials-password')

// What says that they do not work goes, and they do.
for (const note of document.querySelectorAll('[data-without-script]')) note.remove()
for (const fieldset of document.querySelectorAll('fieldset')) fieldset.disabled = false
for (const form of document.querySelectorAll('form')) prepare(form)

// A page that is kept for the way back is not left with them.
addEventListener('pagehide', () => {
  for (const field of [token, user, password]) field.value = field.defaultValue
  for (const form of document.querySelectorAll('form')) form.reset()
  for (const answer of document.querySelectorAll('.answer')) answer.replaceChildren()
})

/** @param {HTMLFormElement} form */
function prepare(form) {
  /** @type {AbortController | undefined} */
  let running
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    running?.abort()
    const call = new AbortController()
    running = call
    showProblem(form, undefined)
    try {
      await send(form, call.signal)
    } catch (error) {
      if (!(error instanceof FieldProblem)) throw error
      showProblem(form, error)
    }
  })
  form.addEventListener('click', ({ target }) => {
    const action = target instanceof HTMLElement ? target.dataset.do : undefined
    try {
      if (action === 'example') fillExample(form)
      if (action === 'view') switchView(form)
      if (action !== undefined) showProblem(form, undefined)
    } catch (error) {
      if (!(error instanceof FieldProblem)) throw error
      showProblem(form, error)
    }
  })
}

/**
 * @param {HTMLFormElement} form
 * @param {AbortSignal} signal
 */
async function send(form, signal) {
  const place = /** @type {HTMLElement} */ (form.nextElementSibling)
  const { path = '', verb = 'GET' } = form.dataset
  const address = path + queryString(collect(form, 'query'))
  const headers = new Headers(authorization(form))
  const body = bodyOf(form, headers)
  form.setAttribute('aria-busy', 'true')
  showWaiting(place)
  const started = performance.now()
  try {
    const response = await fetch(address, {
      method: verb,
      headers,
      ...(body !== undefined && { body }),
      signal,
      // The token is all that says who calls.
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
    })
    const bytes = await response.arrayBuffer()
    const milliseconds = performance.now() - started
    showAnswer(place, { response, bytes, milliseconds }, (value) => {
      token.value = value
    })
  } catch (error) {
    if (signal.aborted) return
    showFailure(place, `No answer: ${/** @type {Error} */ (error).message}`)
  } finally {
    if (!signal.aborted) form.removeAttribute('aria-busy')
  }
}

/**
 * @param {HTMLFormElement} form
 * @returns {Record<string, string>}
 */
function authorization(form) {
  const choice = form.querySelector('[data-auth]')
  const scheme = choice instanceof HTMLSelectElement ? choice.value : 'none'
  if (scheme === 'bearer' && token.value !== '') {
    if (!/^[\x21-\x7e]+$/.test(token.value.trim())) {
      throw new FieldProblem('A token has neither blanks nor accents.', token)
    }
    return { authorization: `Bearer ${token.value.trim()}` }
  }
  if (scheme === 'basic' && (user.value !== '' || password.value !== '')) {
    const bytes = new TextEncoder().encode(`${user.value}:${password.value}`)
    return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` }
  }
  return {}
}

/**
 * The body as the form has it; says in the headers what it is.
 *
 * @param {HTMLFormElement} form
 * @param {Headers} headers
 * @returns {BodyInit | undefined}
 */
function bodyOf(form, headers) {
  const { body: kind, encoding = '' } = form.dataset
  if (kind === 'json') {
    headers.set('content-type', encoding)
    return isRaw(form) ? raw(form).value : JSON.stringify(collect(form, 'body'))
  }
  if (kind === 'none') return undefined
  const type = form.querySelector('[data-media-type]')
  const content = form.querySelector('[data-content]')
  if (type instanceof HTMLInputElement && type.value !== '') headers.set('content-type', type.value)
  if (content instanceof HTMLTextAreaElement) return content.value
  if (content instanceof HTMLInputElement) {
    const file = content.files?.[0]
    if (file === undefined) throw new FieldProblem('Choose a file.', content)
    return file
  }
  return undefined
}

/** @param {HTMLFormElement} form */
function fillExample(form) {
  const { query, body } = JSON.parse(form.dataset.example ?? '{}')
  fill(form, 'query', query)
  fill(form, 'body', body)
  if (form.dataset.body === 'json') raw(form).value = JSON.stringify(body, null, 2)
}

/**
 * From fields to JSON and back, with what was entered.
 *
 * @param {HTMLFormElement} form
 */
function switchView(form) {
  const button = /** @type {HTMLElement} */ (form.querySelector('[data-do="view"]'))
  const toFields = isRaw(form)
  if (toFields) {
    const area = raw(form)
    const body = area.value.trim() === '' ? {} : json(area.value, area)
    fill(form, 'body', body)
    if (!isShown(form, /** @type {Record<string, unknown>} */ (body))) {
      throw new FieldProblem('There is more in it than there are fields for.', area)
    }
  } else {
    raw(form).value = JSON.stringify(collect(form, 'body'), null, 2)
  }
  for (const view of form.querySelectorAll('[data-view]')) {
    if (view instanceof HTMLElement) {
      view.hidden = view.dataset.view !== (toFields ? 'fields' : 'json')
    }
  }
  button.setAttribute('aria-pressed', String(!toFields))
}

/** @param {HTMLFormElement} form */
function isRaw(form) {
  return raw(form).closest('[hidden]') === null
}

/** @param {HTMLFormElement} form */
function raw(form) {
  return /** @type {HTMLTextAreaElement} */ (form.querySelector('[data-raw]'))
}

/**
 * @param {HTMLFormElement} form
 * @param {FieldProblem | undefined} problem
 */
function showProblem(form, problem) {
  for (const field of document.querySelectorAll('[aria-invalid]')) {
    field.removeAttribute('aria-invalid')
  }
  const place = /** @type {HTMLElement} */ (form.querySelector('.problem'))
  place.hidden = problem === undefined
  place.textContent = problem?.message ?? ''
  problem?.field.setAttribute('aria-invalid', 'true')
  if (problem?.field instanceof HTMLElement) problem.field.focus()
}

/** @param {string} id */
function input(id) {
  return /** @type {HTMLInputElement} */ (document.getElementById(id))
}
