import { explain } from '../network/network.ts'
import { type Publications, recordNameOf } from '../network/published.ts'

/** The TXT record that maps the NSIDs of an authority to the account that publishes them. */
export interface NameRecord {
  readonly name: string
  readonly expected: string
  /** Absent if the record is as expected. */
  readonly problem?: string
}

/** Checks the TXT record of each authority among some NSIDs. */
export async function checkNames(
  nsids: readonly string[],
  { publications, did }: { readonly publications: Publications; readonly did: string },
): Promise<NameRecord[]> {
  const authorities = [...Map.groupBy(nsids, recordNameOf)]
  return await Promise.all(
    authorities.map(async ([name, [nsid = '']]) => {
      const problem = await problemOf(nsid, did, publications)
      return { name, expected: `did=${did}`, ...(problem !== undefined && { problem }) }
    }),
  )
}

async function problemOf(
  nsid: string,
  did: string,
  publications: Publications,
): Promise<string | undefined> {
  try {
    const found = await publications.authority(nsid)
    if (found === did) return undefined
    return found === undefined ? 'it does not exist' : `it names ${found}`
  } catch (error) {
    return explain(error)
  }
}
