// @ts-check

/** Longer bodies are not shown in full: a page of them would not scroll. */
const MAX_SHOWN = 200_000

/**
 * Shows what came back.
 *
 * @param {HTMLElement} place
 * @param {{ response: Response, bytes: ArrayBuffer, milliseconds: number }} answer
 * @param {(token: string) => void} useToken
 */
export function showAnswer(place, { response, bytes, milliseconds }, useToken) {
  const status = element('p', {
    className: `status ${response.ok ? 'good' : 'bad'}`,
    role: 'status',
    textContent: `${response.status} ${response.statusText}`.trim(),
  })
  status.append(
    element('span', {
      className: 'soft',
      textContent: ` in ${Math.round(milliseconds)} ms, ${bytes.byteLength} bytes`,
    }),
  )
  const type = response.headers.get('content-type') ?? ''
  show(place, [status, headersOf(response), ...bodyOf(bytes, type, useToken)])
}

/**
 * Shows that nothing came back.
 *
 * @param {HTMLElement} place
 * @param {string} message
 */
export function showFailure(place, message) {
  const status = element('p', { className: 'status bad', role: 'status', textContent: message })
  show(place, [status])
}

/** @param {HTMLElement} place */
export function showWaiting(place) {
  show(place, [element('p', { className: 'status', role: 'status', textContent: 'Waiting …' })])
}

/** @type {WeakMap<HTMLElement, string>} */
const downloads = new WeakMap()

/**
 * @param {HTMLElement} place
 * @param {readonly Node[]} content
 */
function show(place, content) {
  const old = downloads.get(place)
  if (old !== undefined) URL.revokeObjectURL(old)
  downloads.delete(place)
  place.replaceChildren(element('h5', { textContent: 'Answer' }), ...content)
  const link = place.querySelector('a[download]')
  if (link instanceof HTMLAnchorElement) downloads.set(place, link.href)
  place.hidden = false
}

/** @param {Response} response */
function headersOf({ headers }) {
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`)
  const details = element('details', {})
  details.append(
    element('summary', { textContent: `Headers (${lines.length})` }),
    code(lines.join('\n'), 'Headers of the answer'),
  )
  return details
}

/**
 * @param {ArrayBuffer} bytes
 * @param {string} type
 * @param {(token: string) => void} useToken
 * @returns {Node[]}
 */
function bodyOf(bytes, type, useToken) {
  if (bytes.byteLength === 0) return [element('p', { textContent: 'The body is empty.' })]
  if (!/^text\/|[/+]json\b/.test(type)) return [download(bytes, type)]
  const text = new TextDecoder().decode(bytes)
  const value = /[/+]json\b/.test(type) ? parsed(text) : undefined
  const pretty = value === undefined ? text : JSON.stringify(value, null, 2)
  if (pretty.length > MAX_SHOWN) {
    return [code(`${pretty.slice(0, MAX_SHOWN)}…`, 'Body of the answer'), download(bytes, type)]
  }
  return [code(pretty, 'Body of the answer'), ...tokenButtons(value, useToken)]
}

/**
 * A button for each token in the answer, so that it need not be copied.
 *
 * @param {unknown} value
 * @param {(token: string) => void} useToken
 */
function tokenButtons(value, useToken) {
  if (typeof value !== 'object' || value === null) return []
  const tokens = Object.entries(value).filter(
    ([name, each]) => /(?:jwt|token)$/i.test(name) && typeof each === 'string',
  )
  if (tokens.length === 0) return []
  const actions = element('p', { className: 'actions' })
  for (const [name, token] of tokens) {
    const button = element('button', {
      type: 'button',
      className: 'quiet small',
      textContent: `Use ${name} as the token`,
    })
    button.addEventListener('click', () => {
      useToken(token)
      button.textContent = `${name} is the token now`
    })
    actions.append(button)
  }
  return [actions]
}

/**
 * @param {ArrayBuffer} bytes
 * @param {string} type
 */
function download(bytes, type) {
  // As plain bytes: what a service sends is saved and never opened as a page of this origin.
  const href = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }))
  const link = element('a', {
    href,
    download: 'answer',
    textContent: `Save ${bytes.byteLength} bytes of ${type || 'no media type'}`,
  })
  const paragraph = element('p', {})
  paragraph.append(link)
  return paragraph
}

/**
 * @param {string} text
 * @param {string} label
 */
function code(text, label) {
  const pre = element('pre', {})
  pre.setAttribute('aria-label', label)
  pre.setAttribute('role', 'region')
  // It scrolls, with a keyboard too.
  pre.tabIndex = 0
  pre.append(element('code', { textContent: text }))
  return pre
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Partial<HTMLElementTagNameMap[Name]>} properties
 * @returns {HTMLElementTagNameMap[Name]}
 */
function element(name, properties) {
  return Object.assign(document.createElement(name), properties)
}
