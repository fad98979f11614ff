import { FutureIdError, type Handler } from '../../generated/types/com/example/board/watch.ts'
import type { Board } from '../board.ts'

/**
 * A subscription is a generator that yields messages. `signal` is aborted when the client disconnects or the server
 * closes.
 */
export function watch(board: Board): Handler {
  return async function* ({ params: { after = board.lastId }, signal }) {
    // A thrown error becomes the protocol's error frame, and closes the connection.
    if (after > board.lastId) throw new FutureIdError(`The last note is ${board.lastId}`)
    for await (const note of board.watch(after, signal)) {
      yield { $type: 'com.example.board.watch#posted', note }
    }
  }
}
