import { get, post } from './requests.ts'
import { verifiers } from './verifiers.ts'

const query = '/xrpc/io.example.verified'
const procedure = '/xrpc/io.example.verifiedPost'
const ok = '{"s":"x"}'

/** Forms of the `Authorization` header, and related headers. */
const forms: Readonly<Record<string, string>> = {
  'a bearer token': 'Authorization: Bearer abc.def.ghi',
  'a scheme in small letters': 'authorization: bearer abc',
  'a scheme in capitals': 'AUTHORIZATION: BEARER abc',
  'a DPoP token and its proof': 'Authorization: DPoP abc\r\nDPoP: proof',
  'a password': 'Authorization: Basic YWRtaW46cGFzcw==',
  'a scheme alone': 'Authorization: Bearer',
  'a scheme and a space': 'Authorization: Bearer ',
  'no value': 'Authorization:',
  'only spaces': 'Authorization:    ',
  'a tab for a space': 'Authorization: Bearer\tabc',
  'two spaces': 'Authorization: Bearer  abc',
  'spaces around': 'Authorization:   Bearer abc   ',
  'a token in quotes': 'Authorization: Bearer "abc"',
  'two tokens in one': 'Authorization: Bearer abc, Bearer def',
  parameters: 'Authorization: Digest username="a", realm="b", nonce="c"',
  'the same header twice': 'Authorization: Bearer abc\r\nAuthorization: Bearer def',
  'other letters': 'Authorization: Bearer \xc3\xa9\xff',
  'a NUL': 'Authorization: Bearer a\0b',
  'a control character': 'Authorization: Bearer a\x7fb',
  'a folded line': 'Authorization: Bearer\r\n abc',
  'a long token': `Authorization: Bearer ${'x'.repeat(7_000)}`,
  'a token that does not fit': `Authorization: Bearer ${'x'.repeat(17_000)}`,
  'a space before the colon': 'Authorization : Bearer abc',
  'a token for the proxy': 'Proxy-Authorization: Bearer abc',
  'a cookie': 'Cookie: session=abc',
  'two proofs': 'Authorization: DPoP abc\r\nDPoP: one\r\nDPoP: two',
  'a token in the target': 'X-None: 1',
}

function withHeaders(lines: string, target: string): string {
  return get(target).replace('\r\n\r\n', `\r\n${lines}\r\n\r\n`)
}

/** Authentication: who may call, with which credentials, and the steps before and after it. */
export const authCases: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.keys(verifiers).flatMap((kind) => [
      [`a query whose verifier does: ${kind}`, get(`${query}?kind=${kind}`)],
      [`a procedure whose verifier does: ${kind}`, post(`${procedure}?kind=${kind}`, ok)],
      [
        `a procedure with a bad body whose verifier does: ${kind}`,
        post(`${procedure}?kind=${kind}`, '{"s":1}'),
      ],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(forms).map(([name, lines]) => [
      `authorization by ${name}`,
      withHeaders(
        lines,
        `${query}?kind=headers${name.endsWith('target') ? '&access_token=abc' : ''}`,
      ),
    ]),
  ),
  'a verifier comes after bad params': get(`${query}?kind=challenge&n=x&__proto__=1`),
  'a verifier comes after a wrong verb': post(`${query}?kind=challenge`, ok),
  'a verifier comes before a missing body': get(`${procedure}?kind=challenge`).replace(
    'GET',
    'POST',
  ),
  'a verifier comes before a large body': post(
    `${procedure}?kind=challenge`,
    `"${'x'.repeat(200_000)}"`,
  ),
  'a verifier comes before an unknown coding': post(`${procedure}?kind=throws-auth`, ok, {
    'Content-Encoding': 'br',
  }),
  'a verifier of a HEAD': get(`${query}?kind=challenge`).replace('GET', 'HEAD'),
  'a verifier of a path in other case': get(`${query.replace('xrpc', 'XRPC')}?kind=nsid`),
  'a verifier of a path with a slash': get(`${query}/?kind=nsid`),
  'a refused call, and another on its connection':
    post(`${procedure}?kind=throws-auth`, ok, { Connection: '' }) +
    get(`${query}?kind=credentials`),
  'a refused upload, and another on its connection':
    post(`${procedure}?kind=throws-auth`, `{"s":"${'x'.repeat(150_000)}"}`, { Connection: '' }) +
    get(`${query}?kind=credentials`),
}
