import { createServer as create, implement, type Server } from "../generated/index.ts";
import { greet } from "./handlers/greet.ts";

// Kept as it is.
export function createServer(): Server {
  const server = create();
    implement(server.com.example, { greet, /* more to come */ });
  implement(server.com.example.feed, {
      // By hand.
      get: async () => ({ status: 500 }) // no comma
  });
  return server;
}
