import type { Keypair } from '@atproto/crypto'
import { signGenesis } from '../../../account/src/identity/genesis.ts'
import type { OfficialPds } from './start-official-pds.ts'

export interface EntrywayAccountOptions {
  readonly pds: OfficialPds
  /** The key configured at the PDS as `PDS_ENTRYWAY_PLC_ROTATION_KEY`. */
  readonly rotationKey: Keypair
  readonly handle: string
}

/** Creates a repository at a PDS behind an entryway, like the entryway, and returns its DID. */
export async function createEntrywayAccount({
  pds,
  rotationKey,
  handle,
}: EntrywayAccountOptions): Promise<string> {
  const post = async (method: string, body: object): Promise<Record<string, string>> => {
    const answer = await fetch(`${pds.url}/xrpc/com.atproto.server.${method}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    const read = await answer.text()
    if (!answer.ok) throw new Error(`${method} was answered ${answer.status} ${read}`)
    return JSON.parse(read)
  }
  const { signingKey = '' } = await post('reserveSigningKey', {})
  const { did, operation } = await signGenesis({
    handle,
    signingKey,
    rotationKeys: [rotationKey.did()],
    endpoint: pds.url,
    signer: rotationKey,
  })
  await post('createAccount', { did, handle, plcOp: JSON.parse(operation) })
  return did
}
