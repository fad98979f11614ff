import { json } from './codecs.ts'
import type { AnswerValidator, Codec, Method } from './method.ts'

/**
 * The same method with its output validated: an answer that is not valid throws, as in `@atproto/xrpc`.
 *
 * @param validator the function for its output, such as `ComExampleGetFeed$output` of the generated `validators.ts`
 * @throws TypeError for a method whose output has links, bytes or blobs; use `checkedValues` for it
 */
export function checked<Checked extends Method>(
  method: Checked,
  validator: AnswerValidator,
): Checked {
  if (method.output !== json) {
    throw new TypeError(
      `The output of ${method.nsid} is not plain JSON; use checkedValues() for it`,
    )
  }
  return withDecoder(method, json.decode, validator)
}

export function withDecoder<Checked extends Method>(
  method: Checked,
  read: Codec['decode'],
  validator: AnswerValidator,
): Checked {
  const decode: Codec['decode'] = (body, type) => {
    const value = read(body, type)
    if (validator(value) === undefined) throw new TypeError('It is not valid')
    return value
  }
  return { ...method, output: { ...json, decode } }
}
