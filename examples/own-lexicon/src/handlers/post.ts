import { isLink, isText } from '../../generated/types/com/example/board/defs.ts'
import { type Handler, UnknownContentError } from '../../generated/types/com/example/board/post.ts'
import type { Board } from '../board.ts'

export function post(board: Board): Handler {
  return async ({ input }) => {
    const { author, content } = input.body
    // A union is open unless it says "closed": members that are known have been validated, but there may be others,
    // of which nothing is known but their $type. `isText` and `isLink` look at it, and narrow the type.
    if (!isText(content) && !isLink(content)) {
      throw new UnknownContentError(`The board shows texts and links, not ${content.$type}`)
    }
    return { encoding: 'application/json', body: { note: board.add(author, content) } }
  }
}
