import { isDeepStrictEqual } from 'node:util'
import { validateOperationLog } from '@did-plc/lib'
import {
  type DidUpdates,
  type IdentityProvider,
  type LoggedOperation,
  PublicationRefused,
} from '@lexwright/account'

type PlcOperation = Parameters<typeof validateOperationLog>[1][number]

/** An in-memory directory that validates operations like a PLC directory. */
export interface StandInDirectory extends IdentityProvider {
  readonly updates: DidUpdates
  readonly logs: ReadonlyMap<string, readonly LoggedOperation[]>
}

export function createStandInDirectory(): StandInDirectory {
  const logs = new Map<string, LoggedOperation[]>()
  const append = async (did: string, text: string): Promise<void> => {
    const log = logs.get(did) ?? []
    const operation = JSON.parse(text)
    const operations = [...log.map((each) => each.operation), operation] as PlcOperation[]
    await validateOperationLog(did, operations).catch((cause: unknown) => {
      throw new PublicationRefused('The directory refuses the operation', { cause })
    })
    logs.set(did, [...log, { operation, nullified: false }])
  }
  return {
    logs,
    publish: async ({ did, operation }) => {
      const [first] = logs.get(did) ?? []
      if (!isDeepStrictEqual(first?.operation, JSON.parse(operation))) await append(did, operation)
      return 'published'
    },
    updates: {
      readLog: async (did) => logs.get(did) ?? [],
      send: ({ did, operation }) => append(did, operation),
    },
  }
}
