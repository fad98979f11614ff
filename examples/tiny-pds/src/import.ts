import {
  cborToLexRecord,
  DataDiff,
  MemoryBlockstore,
  parseDataKey,
  Repo,
  readCarWithRoot,
} from '@atproto/repo'
import { InvalidRequestError } from '@atproto/xrpc-server'
import { blobsIn } from './writes.ts'

/**
 * Reads a CAR file: a tree with all its records, and nothing else that the file may hold. Its owner has asked for it, so its
 * signature does not matter: it is signed anew.
 *
 * @throws InvalidRequestError
 */
export async function readImport(did: string, car: Uint8Array) {
  try {
    const file = await readCarWithRoot(car)
    const repo = await Repo.load(new MemoryBlockstore(file.blocks), file.root)
    if (repo.did !== did) throw new Error(`it is the repository of ${repo.did}`)
    const tree = await DataDiff.of(repo.data, null)
    const leaves = file.blocks.getMany(tree.newLeafCids.toList())
    const records = tree.addList().map(({ key, cid }) => {
      const bytes = leaves.blocks.get(cid)
      if (bytes === undefined) throw new Error(`${key} is missing`)
      return { ...parseDataKey(key), cid: String(cid), blobs: blobsIn(cborToLexRecord(bytes)) }
    })
    return { repo, blocks: tree.newMstBlocks.addMap(leaves.blocks), records }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new InvalidRequestError(`The CAR file cannot be imported: ${reason}`)
  }
}
