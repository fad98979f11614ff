import { isLink, isText } from '../../generated/types/com/example/board/defs.ts'
import { type Handler, UnknownContentError } from '../../generated/types/com/example/board/post.ts'
import type { Board } from '../board.ts'

export function post(board: Board): Handler {
  return async ({ input }) => {
    const { author, content } = input.body
    // A union is open unless it says "closed": known members have been validated, but there may be others, with
    // only a $type. `isText` and `isLink` check it, and narrow the type.
    if (!isText(content) && !isLink(content)) {
      throw new UnknownContentError(`The board shows texts and links, not ${content.$type}`)
    }
    return { encoding: 'application/json', body: { note: board.add(author, content) } }
  }
}
