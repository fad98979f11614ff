import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Database, PlcServer } from '@did-plc/server'

/** A real PLC directory with its log in memory. */
export interface PlcDirectory {
  readonly url: string
  /** The operations of a DID, oldest first; empty if it is not registered. */
  log(did: string): Promise<readonly unknown[]>
  /** Every registered DID. */
  dids(): readonly string[]
  close(): Promise<void>
}

export async function startPlcDirectory(): Promise<PlcDirectory> {
  const db = Database.mock()
  const plc = PlcServer.create({ db, port: 0 })
  const server = await plc.start()
  if (!server.listening) await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    log: (did) => db.opsForDid(did),
    // A refused operation leaves an empty log behind.
    dids: () => Object.entries(db.contents).flatMap(([did, ops]) => (ops.length > 0 ? [did] : [])),
    close: () => plc.destroy(),
  }
}
