import type { MethodAuth } from './auth.ts'
import type { Method } from './documents.ts'
import type { SampleValues } from './samples.ts'

/** The call as a command for a shell, with an example of everything that is required. */
export function curlOf(
  method: Method,
  {
    serviceUrl,
    samples,
    auth,
  }: {
    readonly serviceUrl: string
    readonly samples: SampleValues
    readonly auth: MethodAuth | undefined
  },
): string {
  const { nsid, input, parameters } = method
  const query = parameters === undefined ? '' : queryOf(samples.of(parameters, nsid) as object)
  const parts = [`curl ${quote(`${serviceUrl}/xrpc/${nsid}${query}`)}`, ...authParts(auth)]
  if (input !== undefined) {
    const encoding = firstEncoding(input.encoding)
    parts.push(`-H ${quote(`Content-Type: ${encoding}`)}`)
    parts.push(
      isJson(encoding)
        ? `-d ${quote(indented(input.schema ? samples.of(input.schema, nsid) : {}))}`
        : '--data-binary @file',
    )
  } else if (method.type === 'procedure') {
    parts.splice(1, 0, '-X POST')
  }
  return parts.join(' \\\n  ')
}

/** The media type a body is sent with, when there is a choice. */
export function firstEncoding(encoding: string): string {
  const [first = ''] = encoding.split(',').map((type) => type.trim())
  return first.includes('*') ? 'application/octet-stream' : first
}

export function isJson(encoding: string): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\b/.test(encoding)
}

function authParts(auth: MethodAuth | undefined): readonly string[] {
  if (auth?.scheme === 'bearer') return [`-H "Authorization: Bearer $${auth.variable}"`]
  if (auth?.scheme === 'basic') return [`-u "${auth.user}:$${auth.variable}"`]
  return []
}

function queryOf(values: object): string {
  const pairs = Object.entries(values).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each): [string, string] => [name, String(each)]),
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}

function indented(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', '\n  ')
}

/** For a POSIX shell: nothing between single quotes means anything to it. */
function quote(text: string): string {
  return /^[\w:/.?=&-]+$/.test(text) && !/[?&]/.test(text)
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`
}
