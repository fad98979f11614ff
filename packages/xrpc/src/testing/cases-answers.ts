import { failures } from './failures.ts'
import { outputs } from './outputs.ts'
import { ownAnswers } from './own-answers.ts'
import { get, post, request } from './requests.ts'

const auth = '/xrpc/io.example.auth'
const ok = '{"s":"x"}'

/** Cases: results and errors of handlers, authentication, and the request as a handler sees it. */
export const answerCases: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['out', 'outAny', 'outNone'].flatMap((method) =>
      Object.keys(outputs).map((kind) => [
        `${method} ${kind}`,
        get(`/xrpc/io.example.${method}?kind=${kind}`),
      ]),
    ),
  ),
  'an answer to a procedure': request('POST', '/xrpc/io.example.outPost'),
  ...Object.fromEntries(
    Object.keys(failures).map((kind) => [
      `a query that throws ${kind}`,
      get(`/xrpc/io.example.fail?kind=${kind}`),
    ]),
  ),
  ...Object.fromEntries(
    Object.keys(failures)
      .filter((kind) => !kind.endsWith('Later'))
      .map((kind) => [
        `a procedure that throws ${kind}`,
        post(`/xrpc/io.example.failPost?kind=${kind}`, '{}'),
      ]),
  ),
  ...Object.fromEntries(
    Object.keys(ownAnswers).flatMap((kind) => [
      [`a query that answers itself: ${kind}`, get(`/xrpc/io.example.own?kind=${kind}`)],
      [
        `a query that answers itself, then a call: ${kind}`,
        get(`/xrpc/io.example.own?kind=${kind}`, { Connection: '' }) +
          get('/xrpc/io.example.params'),
      ],
      [
        `a procedure that answers itself: ${kind}`,
        request('POST', `/xrpc/io.example.ownPost?kind=${kind}`),
      ],
    ]),
  ),
  'a HEAD that throws': request('HEAD', '/xrpc/io.example.fail?kind=plain'),
  'a conditional request that throws': get('/xrpc/io.example.fail?kind=plain', {
    'If-None-Match': '*',
  }),

  'no token': post(auth, ok),
  'no token comes before a bad body': post(auth, '{'),
  'no token comes before a large body': post(auth, `"${'x'.repeat(200_000)}"`),
  'no token comes before a wrong type': post(auth, ok, { 'Content-Type': 'text/plain' }),
  'no token comes after bad params': post(`${auth}?__proto__=1`, ok),
  'a token': post(auth, ok, { Authorization: 'me' }),
  'a token and a bad body': post(auth, '{}', { Authorization: 'me' }),
  'a token in other case': post(auth, ok, { AUTHORIZATION: 'me' }),
  'two tokens': `POST ${auth} HTTP/1.1\r\nHost: a\r\nAuthorization: one\r\nAuthorization: two\r\nContent-Type: application/json\r\nContent-Length: 9\r\nConnection: close\r\n\r\n${ok}`,
  'an error returned by the verifier': post(auth, ok, { Authorization: 'returned' }),
  'an error thrown by the verifier': post(auth, ok, { Authorization: 'broken' }),

  'a header of its own': get('/xrpc/io.example.params', {
    'X-Custom': 'é',
    Referer: 'https://r.test/',
  }),
  'a repeated header': `GET /xrpc/io.example.params HTTP/1.1\r\nHost: a\r\nX-Custom: 1\r\nX-Custom: 2\r\nConnection: close\r\n\r\n`,
  'forwarded headers': get('/xrpc/io.example.params', {
    'X-Forwarded-For': '192.0.2.1, 10.0.0.1',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'front.test',
    'X-Requested-With': 'XMLHttpRequest',
  }),
  'an empty header': `GET /xrpc/io.example.params HTTP/1.1\r\nHost: a\r\nX-Custom:\r\nConnection: close\r\n\r\n`,
  'a folded header': `GET /xrpc/io.example.params HTTP/1.1\r\nHost: a\r\nX-Custom: a\r\n b\r\nConnection: close\r\n\r\n`,
  'a header without a colon': `GET /xrpc/io.example.params HTTP/1.1\r\nHost: a\r\nX-Custom\r\nConnection: close\r\n\r\n`,
  'a header with a space': `GET /xrpc/io.example.params HTTP/1.1\r\nHost: a\r\nX Custom: 1\r\nConnection: close\r\n\r\n`,
  'a header with a control character': get('/xrpc/io.example.params', { 'X-Custom': 'a\x01b' }),
  'a header named __proto__': get('/xrpc/io.example.params', { __proto_: '1', ['__proto__']: '2' }),
  'a thousand headers': get(
    '/xrpc/io.example.params',
    Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`X-${n}`, '1'])),
  ),
  'more headers than fit': get('/xrpc/io.example.params', { 'X-Custom': 'x'.repeat(20_000) }),
  'a target that does not fit': get(`/xrpc/io.example.params?s=${'x'.repeat(20_000)}`),
}
