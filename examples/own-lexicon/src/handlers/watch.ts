import { FutureIdError, type Handler } from '../../generated/types/com/example/board/watch.ts'
import type { Board } from '../board.ts'

/**
 * A subscription is a generator: what it yields is sent. `signal` is aborted when the client has gone, or the server
 * is told to close.
 */
export function watch(board: Board): Handler {
  return async function* ({ params: { after = board.lastId }, signal }) {
    // Thrown, it becomes the error frame of the protocol, after which the connection is closed.
    if (after > board.lastId) throw new FutureIdError(`The last note is ${board.lastId}`)
    for await (const note of board.watch(after, signal)) {
      yield { $type: 'com.example.board.watch#posted', note }
    }
  }
}
