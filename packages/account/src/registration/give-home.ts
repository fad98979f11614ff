import type { ServiceContext, Tx } from '../context.ts'
import type { ArrivalPlace } from '../identity/repositories.ts'
import { giveFirstKey } from '../keys/reserve-key.ts'

export interface GivenHome {
  readonly did: string
  /** Undefined if the repository is at this service, or the account still has its host. */
  readonly place: ArrivalPlace | undefined
  readonly at: Date
}

/** Gives an account moving in its host, or its signing key at this service. */
export async function giveHome(
  context: ServiceContext,
  tx: Tx,
  { did, place, at }: GivenHome,
): Promise<void> {
  if (context.identity.repositories === undefined) await giveFirstKey(context, tx, { did, at })
  else await place?.keep(tx.queries)
}
