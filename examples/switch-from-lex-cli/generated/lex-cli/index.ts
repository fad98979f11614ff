/**
 * GENERATED CODE - DO NOT MODIFY
 */
import {
  type Auth,
  type Options as XrpcOptions,
  Server as XrpcServer,
  type StreamConfigOrHandler,
  type MethodConfigOrHandler,
  createServer as createXrpcServer,
} from '@atproto/xrpc-server'
import { schemas } from './lexicons.js'
import * as ComExamplePollGet from './types/com/example/poll/get.js'
import * as ComExamplePollSetImage from './types/com/example/poll/setImage.js'
import * as ComExamplePollVote from './types/com/example/poll/vote.js'

export function createServer(options?: XrpcOptions): Server {
  return new Server(options)
}

export class Server {
  xrpc: XrpcServer
  com: ComNS

  constructor(options?: XrpcOptions) {
    this.xrpc = createXrpcServer(schemas, options)
    this.com = new ComNS(this)
  }
}

export class ComNS {
  _server: Server
  example: ComExampleNS

  constructor(server: Server) {
    this._server = server
    this.example = new ComExampleNS(server)
  }
}

export class ComExampleNS {
  _server: Server
  poll: ComExamplePollNS

  constructor(server: Server) {
    this._server = server
    this.poll = new ComExamplePollNS(server)
  }
}

export class ComExamplePollNS {
  _server: Server

  constructor(server: Server) {
    this._server = server
  }

  get<A extends Auth = void>(
    cfg: MethodConfigOrHandler<
      A,
      ComExamplePollGet.QueryParams,
      ComExamplePollGet.HandlerInput,
      ComExamplePollGet.HandlerOutput
    >,
  ) {
    const nsid = 'com.example.poll.get' // @ts-ignore
    return this._server.xrpc.method(nsid, cfg)
  }

  setImage<A extends Auth = void>(
    cfg: MethodConfigOrHandler<
      A,
      ComExamplePollSetImage.QueryParams,
      ComExamplePollSetImage.HandlerInput,
      ComExamplePollSetImage.HandlerOutput
    >,
  ) {
    const nsid = 'com.example.poll.setImage' // @ts-ignore
    return this._server.xrpc.method(nsid, cfg)
  }

  vote<A extends Auth = void>(
    cfg: MethodConfigOrHandler<
      A,
      ComExamplePollVote.QueryParams,
      ComExamplePollVote.HandlerInput,
      ComExamplePollVote.HandlerOutput
    >,
  ) {
    const nsid = 'com.example.poll.vote' // @ts-ignore
    return this._server.xrpc.method(nsid, cfg)
  }
}
