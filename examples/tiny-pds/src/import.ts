import * as atproto from '@atproto/repo'
import { InvalidRequestError } from '@atproto/xrpc-server'
import { blobsIn } from './writes.ts'

/**
 * Reads the tree and its records from a CAR file, and ignores other blocks. Does not check the signature: the owner requested the
 * import, which signs a new commit.
 *
 * @throws InvalidRequestError
 */
export async function readImport(did: string, car: Uint8Array) {
  try {
    const file = await atproto.readCarWithRoot(car)
    const repo = await atproto.Repo.load(new atproto.MemoryBlockstore(file.blocks), file.root)
    if (repo.did !== did) throw new Error(`it is the repository of ${repo.did}`)
    const tree = await atproto.DataDiff.of(repo.data, null)
    const leaves = file.blocks.getMany(tree.newLeafCids.toList())
    const records = tree.addList().map(({ key, cid }) => {
      const bytes = leaves.blocks.get(cid)
      if (bytes === undefined) throw new Error(`${key} is missing`)
      return {
        ...atproto.parseDataKey(key),
        cid: String(cid),
        blobs: blobsIn(atproto.cborToLexRecord(bytes)),
      }
    })
    return { repo, blocks: tree.newMstBlocks.addMap(leaves.blocks), records }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new InvalidRequestError(`The CAR file cannot be imported: ${reason}`)
  }
}
