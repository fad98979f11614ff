import type { SourceFile } from '../parse/source.ts'
import { causesOf, type Network } from './network.ts'

/** A document as its author has published it. */
export interface Published {
  readonly nsid: string
  /** As a file would have it: without the type of the record, and not checked by the generator. */
  readonly json: object
  readonly cid: string
  readonly uri: string
}

/** The resolver that `lexwright install` uses, for documents that may not be there. */
export interface Publications {
  /** The DID that DNS names for the authority of an NSID; `undefined` if it names none. */
  authority(nsid: string): Promise<string | undefined>
  /** A document whose proof holds; `undefined` if the account has none. */
  read(nsid: string, did: string): Promise<Published | undefined>
}

export async function openPublications(network: Network): Promise<Publications> {
  const { LexResolver, NSID } = await import('@atproto/lex-resolver')
  const resolver = new LexResolver(network)
  const orUndefined = async <T>(
    promise: Promise<T>,
    isAbsence: (error: Error) => boolean,
  ): Promise<T | undefined> => {
    try {
      return await promise
    } catch (error) {
      if (causesOf(error).some(isAbsence)) return undefined
      throw error
    }
  }
  return {
    authority: (nsid) => orUndefined(resolver.resolve(NSID.from(nsid)), isNoName),
    read: async (nsid, did) => {
      const asked = resolver.fetch(did as Parameters<typeof resolver.fetch>[0], NSID.from(nsid), {
        noCache: true,
      })
      const found = await orUndefined(asked, isNoRecord)
      if (found === undefined) return undefined
      const { $type: _, ...json } = JSON.parse(JSON.stringify(found.lexicon))
      return { nsid, json, cid: found.cid.toString(), uri: found.uri.toString() }
    },
  }
}

/** No such name or no such record of it, which is not the same as a name server that does not answer. */
function isNoName(error: Error & { readonly code?: unknown }): boolean {
  return (
    error.code === 'ENOTFOUND' ||
    error.code === 'ENODATA' ||
    error.message === 'No DID found in DNS TXT records'
  )
}

/** A server has proved, or says, that the record is not there. */
function isNoRecord(error: Error & { readonly error?: unknown }): boolean {
  return error.message === 'Record not found in proof' || error.error === 'RecordNotFound'
}

/** How many records are asked for at once. */
const AT_ONCE = 8

/**
 * Reads what is published of some documents, in their order. An authority that DNS does not know has published nothing.
 */
export async function readPublished(
  nsids: readonly string[],
  { publications, did }: { readonly publications: Publications; readonly did?: string },
): Promise<(Published | undefined)[]> {
  const authorities = new Map<string, Promise<string | undefined>>()
  const authorityOf = (nsid: string): Promise<string | undefined> => {
    const name = recordNameOf(nsid)
    const known = authorities.get(name) ?? publications.authority(nsid)
    authorities.set(name, known)
    return known
  }
  const published: (Published | undefined)[] = []
  for (let at = 0; at < nsids.length; at += AT_ONCE) {
    const some = nsids.slice(at, at + AT_ONCE).map(async (nsid) => {
      const of = did ?? (await authorityOf(nsid))
      return of === undefined ? undefined : await publications.read(nsid, of)
    })
    published.push(...(await Promise.all(some)))
  }
  return published
}

/** The name of the TXT record for the authority of an NSID. */
export function recordNameOf(nsid: string): string {
  return `_lexicon.${nsid.split('.').slice(0, -1).reverse().join('.')}`
}

/** A published document as a source that can be parsed and pointed into; its path is the address of the record. */
export function sourceOf({ uri, nsid, json }: Published): SourceFile {
  return { path: uri, name: nsid.replaceAll('.', '/'), text: JSON.stringify(json, null, 2) }
}
