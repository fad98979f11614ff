/** Starts Swagger UI on the document in the page. */
const viewer = document.getElementById('viewer')

/** Accessible names for controls of Swagger UI that have none or one that differs from their text. */
const NAMES = {
  '.auth.authorize': 'Authorize',
  '.auth.btn-done': 'Close',
  '.auth.button:not(.authorize, .btn-done)': 'Logout',
  '.body-param__text': 'Request body',
  '.close-modal': 'Close',
  '.examples-select-element': 'Example',
  '.json-schema-2020-12-accordion:has(> :empty)': 'Schema',
}

function mend() {
  for (const [selector, name] of Object.entries(NAMES)) {
    for (const control of viewer.querySelectorAll(selector)) {
      if (control.ariaLabel !== name) control.ariaLabel = name
    }
  }
  // Masks tokens like passwords.
  for (const input of viewer.querySelectorAll('.auth-container input:not([name=username])'))
    input.type = 'password'
  // Scrollable elements must be reachable by keyboard.
  for (const block of viewer.querySelectorAll('.responses-wrapper pre:not([tabindex])'))
    block.tabIndex = 0
}

/** The summary of an operation is a button, which must not contain a link. */
const plainSummaries = {
  wrapComponents: {
    DeepLink:
      (Original, { React }) =>
      (props) =>
        React.createElement(Original, { ...props, enabled: false }),
  },
}

const { matches: isDark } = matchMedia('(prefers-color-scheme: dark)')
document.documentElement.classList.toggle('dark-mode', isDark)
new MutationObserver(mend).observe(viewer, { childList: true, subtree: true })
SwaggerUIBundle({
  domNode: viewer,
  spec: JSON.parse(document.getElementById('document').textContent),
  plugins: [plainSummaries],
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
})
