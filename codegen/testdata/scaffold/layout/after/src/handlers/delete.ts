import { MethodNotImplementedError } from "@atproto/xrpc-server";
import type { Handler } from "../../generated/types/com/example/delete.ts";

/** Removes it. *\/ process.exit() */
export const deleteHandler: Handler = async () => {
  throw new MethodNotImplementedError();
};
