import type { ServiceContext, Tx } from '../context.ts'
import { adoptLog } from './adopt-log.ts'
import type { DidState } from './did-state.ts'
import { storeWebDocument } from './did-web.ts'

/** Stores the present state of a DID, in a transaction on its account. */
export async function rememberState(
  context: ServiceContext,
  tx: Tx,
  { did, source, at }: Pick<DidState, 'source'> & { readonly did: string; readonly at: Date },
): Promise<void> {
  if ('log' in source) await adoptLog(context, tx, { did, log: source.log, at })
  else await storeWebDocument(tx, source.document)
}
