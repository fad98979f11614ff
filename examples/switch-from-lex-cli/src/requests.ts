/** Requests to the service: valid ones, and one for each possible fault. */
export interface Call {
  readonly path: string
  readonly init?: RequestInit
}

const get = (path: string, headers: Record<string, string> = {}): Call => ({
  path,
  init: { headers },
})
const post = (path: string, body: BodyInit | null, headers: Record<string, string>): Call => ({
  path,
  init: { method: 'POST', body, headers },
})
const json = { 'content-type': 'application/json' }
const asAda = { ...json, authorization: 'Bearer ada' }
const vote = (body: unknown, headers: Record<string, string> = asAda): Call =>
  post('com.example.poll.vote', JSON.stringify(body), headers)

export const calls: Readonly<Record<string, Call>> = {
  'a query, with a default': get('com.example.poll.get?id=tea'),
  'a query with all parameters': get('com.example.poll.get?id=tea&top=1'),
  'a parameter that is missing': get('com.example.poll.get'),
  'a parameter out of its bounds': get('com.example.poll.get?id=tea&top=11'),
  'a parameter that is no number': get('com.example.poll.get?id=tea&top=many'),
  'a parameter that is too long': get(`com.example.poll.get?id=${'x'.repeat(21)}`),
  'a parameter given twice': get('com.example.poll.get?id=tea&id=coffee'),
  'a parameter nobody asked for': get('com.example.poll.get?id=tea&milk=1'),
  'a declared error': get('com.example.poll.get?id=coffee'),
  'a HEAD request': { path: 'com.example.poll.get?id=tea', init: { method: 'HEAD' } },
  'an OPTIONS request': { path: 'com.example.poll.get?id=tea', init: { method: 'OPTIONS' } },
  'a query with the wrong verb': post('com.example.poll.get?id=tea', '{}', json),
  'a procedure with the wrong verb': get('com.example.poll.vote'),
  'a trailing slash': get('com.example.poll.get/?id=tea'),
  'another case': get('com.example.poll.GET?id=tea'),
  'a method that does not exist': get('com.example.poll.close'),
  'no method at all': get('not/a/method'),

  'a vote': vote({ id: 'tea', choice: 0 }),
  'a vote that says more': vote({ id: 'tea', choice: 1, weight: 2, comment: 'of course' }),
  'a vote of nobody': vote({ id: 'tea', choice: 0 }, json),
  'a vote of nobody that is wrong, too': vote({}, json),
  'a vote without a choice': vote({ id: 'tea' }),
  'a vote with text for a choice': vote({ id: 'tea', choice: 'first' }),
  'a vote with half a choice': vote({ id: 'tea', choice: 0.5 }),
  'a vote with too much weight': vote({ id: 'tea', choice: 0, weight: 3 }),
  'a vote in another poll': vote({ id: 'coffee', choice: 0 }),
  'a vote for another choice': vote({ id: 'tea', choice: 9 }),
  'a vote that is a list': vote([]),
  'a vote that is no JSON': post('com.example.poll.vote', '{"id":', asAda),
  'an empty vote': post('com.example.poll.vote', '', asAda),
  'no vote': post('com.example.poll.vote', null, { authorization: 'Bearer ada' }),
  'a vote in another encoding': post('com.example.poll.vote', '{}', {
    ...asAda,
    'content-type': 'text/plain',
  }),
  'a vote that is too large': vote({ id: 'tea', choice: 0, comment: 'x'.repeat(200_000) }),
  'what the votes came to': get('com.example.poll.get?id=tea&top=4'),

  'a picture': post('com.example.poll.setImage', 'not really', { 'content-type': 'image/png' }),
  'a picture that is too large': post('com.example.poll.setImage', 'x'.repeat(1001), {
    'content-type': 'image/png',
  }),
  'a picture of an unknown coding': post('com.example.poll.setImage', 'x', {
    'content-type': 'image/png',
    'content-encoding': 'rot13',
  }),
  'a picture without a type': post('com.example.poll.setImage', new Uint8Array([1, 2]), {}),
}
