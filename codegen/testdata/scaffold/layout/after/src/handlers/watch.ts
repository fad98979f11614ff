import { MethodNotImplementedError } from "@atproto/xrpc-server";
import type { Handler } from "../../generated/types/com/example/watch.ts";

export const watch: Handler = async function* () {
  throw new MethodNotImplementedError();
};
