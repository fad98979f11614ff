import type { ResolvedPolicy } from '../policy.ts'
import { describeServer } from '../registration/handlers/describeServer.ts'
import type { TodaysHandlers } from './methods.ts'

export interface TodaysHandlerOptions {
  readonly policy: ResolvedPolicy
}

/** Makes the handlers of today's methods. */
export function createTodaysHandlers({ policy }: TodaysHandlerOptions): TodaysHandlers {
  return {
    server: { describeServer: describeServer(policy) },
  }
}
