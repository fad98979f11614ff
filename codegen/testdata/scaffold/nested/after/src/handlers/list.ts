import { MethodNotImplementedError } from '@atproto/xrpc-server'
import type { Handler } from '../../generated/types/com/example/list.ts'

export const list: Handler = async () => {
  throw new MethodNotImplementedError()
}
