import { MethodNotImplementedError } from "@atproto/xrpc-server";
import type { Handler } from "../../generated/types/com/example/feed/list.ts";

export const list: Handler = async () => {
  throw new MethodNotImplementedError();
};
