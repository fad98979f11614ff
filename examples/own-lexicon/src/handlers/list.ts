import { type Handler, UnknownAuthorError } from '../../generated/types/com/example/board/list.ts'
import type { Board } from '../board.ts'

/** Parameters are validated and defaults filled in before a handler runs: `limit` is a number from 1 to 100. */
export function list(board: Board): Handler {
  return async ({ params: { author, limit, before } }) => {
    // A declared error is a class. It is answered as 400 {"error":"UnknownAuthor", …}.
    if (author !== undefined && !board.hasAuthor(author)) {
      throw new UnknownAuthorError(`${author} has not posted anything`)
    }
    return { encoding: 'application/json', body: { notes: board.list(limit, before, author) } }
  }
}
