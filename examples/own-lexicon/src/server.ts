import { createServer as createXrpcServer, implement, type Server } from '../generated/index.ts'
import { Board } from './board.ts'
import { list } from './handlers/list.ts'
import { post } from './handlers/post.ts'
import { watch } from './handlers/watch.ts'

/** The service with all its handlers. Does not compile if one is missing. */
export function createServer(board: Board = new Board()): Server {
  const server = createXrpcServer()
  implement(server.com.example.board, { list: list(board), post: post(board), watch: watch(board) })
  return server
}
