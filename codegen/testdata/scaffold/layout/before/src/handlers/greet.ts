import type { Handler } from "../../generated/types/com/example/greet.ts";

export const greet: Handler = async () => {};
