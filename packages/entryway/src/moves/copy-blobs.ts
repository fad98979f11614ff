import type { MoveRun } from './move-run.ts'

/** Blobs copied concurrently. */
const PARALLEL = 4

/** Copies all blobs that the new host lacks, page by page. */
export async function copyBlobs(move: MoveRun): Promise<void> {
  const { claim, copy, extension, moves, report, route } = move
  const { did, handle } = claim
  let copied = 0
  const missing: string[] = []
  for (let after: string | undefined; ; ) {
    const page = await copy.listMissingBlobs(route, after)
    const left = [...page]
    const work = async (): Promise<void> => {
      for (let cid = left.pop(); cid !== undefined; cid = left.pop()) {
        const isCopied = await copy.copyBlob(route, cid).catch((cause: unknown) => {
          left.length = 0
          throw cause
        })
        if (isCopied) copied++
        else missing.push(cid)
      }
    }
    await Promise.all(Array.from({ length: PARALLEL }, work))
    if (page.length === 0) break
    after = page.at(-1)
    report({ did, handle, step: 'blobs', blobs: copied })
  }
  await moves.noteMissingBlobs(claim, missing.length)
  if (missing.length > 0) {
    extension.logger.warn({ did, blobs: missing }, 'blobs of a moving account could not be copied')
  }
}
