import type { Codec } from './method.ts'

/** JSON without links, bytes or blobs: `JSON.parse` returns the declared type. */
export const json: Codec = {
  type: 'application/json',
  encode: (data) => JSON.stringify(data),
  decode: (body, type) => JSON.parse(textOfJson(body, type)),
}

/** Bytes of any media type; the caller reads it from `headers`. */
export const bytes: Codec = {
  encode: (data) => data,
  decode: (body) => body,
}

/** @throws TypeError if the media type is not JSON */
export function textOfJson(body: Uint8Array, type: string): string {
  if (!/^application\/([^;]+\+)?json\b/i.test(type)) {
    throw new TypeError(`The answer is "${type}", not JSON`)
  }
  return new TextDecoder().decode(body)
}
