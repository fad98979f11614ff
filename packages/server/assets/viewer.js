/** Starts Swagger UI on the document in the page. */
const viewer = document.getElementById('viewer')

/** Names of controls that Swagger UI leaves without one, or names differently from their text. */
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
  // Tokens are as secret as passwords.
  for (const input of viewer.querySelectorAll('.auth-container input:not([name=username])'))
    input.type = 'password'
  // A keyboard has to reach what scrolls.
  for (const block of viewer.querySelectorAll('.responses-wrapper pre:not([tabindex])'))
    block.tabIndex = 0
}

/** The summary of an operation is a button: no link in it may be a control, too. */
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
