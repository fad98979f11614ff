import { isValidNsid } from '@atproto/syntax'
import type { SourceFile } from '../parse/source.ts'
import { pdsOf } from './identity.ts'
import { causesOf, jsonOf, type Network } from './network.ts'

/** A document as its author has published it. */
export interface Published {
  readonly nsid: string
  /** In the form of a file: without the record's type, and not yet checked by the generator. */
  readonly json: object
  readonly cid: string
  readonly uri: string
}

/** The resolver of `lexwright install`, for documents that may be missing. */
export interface Publications {
  /** The DID that DNS names for an NSID's authority; `undefined` if there is none. */
  authority(nsid: string): Promise<string | undefined>
  /** A document with a valid proof; `undefined` if the account has none. */
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

/** The name or its TXT record does not exist, as opposed to a name server that does not answer. */
function isNoName(error: Error & { readonly code?: unknown }): boolean {
  return (
    error.code === 'ENOTFOUND' ||
    error.code === 'ENODATA' ||
    error.message === 'No DID found in DNS TXT records'
  )
}

/** The server proves, or states, that the record does not exist. */
function isNoRecord(error: Error & { readonly error?: unknown }): boolean {
  return error.message === 'Record not found in proof' || error.error === 'RecordNotFound'
}

/** Concurrent requests for records. */
const AT_ONCE = 8

/**
 * Reads the published versions of some documents, in order. An authority without a DNS record has published nothing.
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

/** Limits a list without end; enough for all names of one account. */
const MAX_PAGES = 100

/**
 * Lists what the accounts of some NSIDs have published below the same authorities, since a document deleted locally may
 * still be published. The names are the servers' claims; reading a document checks its proof.
 */
export async function listPublished(
  nsids: readonly string[],
  { publications, network }: { readonly publications: Publications; readonly network: Network },
): Promise<string[]> {
  const byAuthority = [...Map.groupBy(nsids, recordNameOf)]
  const lists = byAuthority.map(async ([name, [nsid = '']]) => {
    const did = await publications.authority(nsid)
    const all = did === undefined ? [] : await recordsOf(did, network)
    return all.filter((one) => isValidNsid(one) && recordNameOf(one) === name)
  })
  return (await Promise.all(lists)).flat()
}

async function recordsOf(did: string, network: Network): Promise<string[]> {
  const pds = await pdsOf(did, network)
  const keys: string[] = []
  let cursor: unknown
  for (let page = 0; page < MAX_PAGES; page++) {
    const url = new URL('/xrpc/com.atproto.repo.listRecords', pds)
    url.searchParams.set('repo', did)
    url.searchParams.set('collection', 'com.atproto.lexicon.schema')
    url.searchParams.set('limit', '100')
    if (typeof cursor === 'string') url.searchParams.set('cursor', cursor)
    const response = await network.fetch(url.href)
    const answer = await jsonOf(response)
    if (!response.ok || !Array.isArray(answer.records)) {
      throw new Error(`${pds} does not list the lexicons of ${did}`)
    }
    keys.push(...answer.records.map((record) => String(record?.uri).split('/').pop() ?? ''))
    cursor = answer.cursor
    if (typeof cursor !== 'string') break
  }
  return keys
}

/** The name of the TXT record of an NSID's authority. */
export function recordNameOf(nsid: string): string {
  return `_lexicon.${nsid.split('.').slice(0, -1).reverse().join('.')}`
}

/** A published document as a source file, so that diagnostics can refer to it; its path is the record's URI. */
export function sourceOf({ uri, nsid, json }: Published): SourceFile {
  return { path: uri, name: nsid.replaceAll('.', '/'), text: JSON.stringify(json, null, 2) }
}
