const METHODS: ReadonlySet<string> = new Set([
  'com.atproto.server.createAccount',
  'com.atproto.server.createSession',
  'com.atproto.server.deleteAccount',
  'com.atproto.server.resetPassword',
  'com.atproto.admin.updateAccountPassword',
])
const APP_PASSWORD = /^[a-z0-9]{4}(-[a-z0-9]{4}){3}$/

/**
 * Lengthens the passwords of a request deterministically: those of the suites are too short and too common for this
 * module.
 */
export async function longer(request: Request): Promise<Request> {
  const method = new URL(request.url).pathname.replace('/xrpc/', '')
  if (!METHODS.has(method)) return request
  const body = (await request.json()) as { password?: unknown }
  const { password } = body
  if (typeof password === 'string' && !APP_PASSWORD.test(password)) {
    body.password = `${password} as the suites have it`
  }
  const { url, headers } = request
  return new Request(url, { method: 'POST', headers, body: JSON.stringify(body) })
}
