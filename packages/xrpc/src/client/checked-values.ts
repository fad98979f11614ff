import { jsonToLex } from '@atproto/lexicon'
import { withDecoder } from './checked.ts'
import { textOfJson } from './codecs.ts'
import type { AnswerValidator, Method } from './method.ts'

/**
 * Like `checked`, for a method whose output has links, bytes or blobs. Validators work with the
 * classes of `@atproto/lexicon`, so blobs are its `BlobRef`s here, and the library becomes part of
 * the bundle.
 */
export function checkedValues<Checked extends Method>(
  method: Checked,
  validator: AnswerValidator,
): Checked {
  return withDecoder(
    method,
    (body, type) => jsonToLex(JSON.parse(textOfJson(body, type))),
    validator,
  )
}
