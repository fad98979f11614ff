import { createServer as create, implement, type Server } from "../generated/index.ts";
import { greet } from "./handlers/greet.ts";
import { deleteHandler } from "./handlers/delete.ts";
import { watch } from "./handlers/watch.ts";
import { list } from "./handlers/list.ts";

// Kept as it is.
export function createServer(): Server {
  const server = create();
    implement(server.com.example, { greet, delete: deleteHandler, watch, /* more to come */ });
  implement(server.com.example.feed, {
      // By hand.
      get: async () => ({ status: 500 }), // no comma
      list,
  });
  return server;
}
