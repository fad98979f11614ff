import { resolveTxt } from 'node:dns/promises'
import { ensureValidDid, isValidHandle } from '@atproto/syntax'
import { explain, jsonOf, type Network } from './network.ts'

/** The DID of an account given by handle or DID. */
export async function didOf(account: string, network: Network): Promise<string> {
  if (account.startsWith('did:')) {
    ensureValidDid(account)
    return account
  }
  if (!isValidHandle(account)) throw new Error(`${account} is neither a handle nor a DID`)
  const named = await didInDns(account)
  if (named !== undefined) return named
  try {
    const response = await network.fetch(`https://${account}/.well-known/atproto-did`)
    const did = (await response.text()).trim()
    if (response.ok) ensureValidDid(did)
    if (response.ok) return did
  } catch (error) {
    throw new Error(`${account} does not resolve to a DID: ${explain(error)}`, { cause: error })
  }
  throw new Error(`${account} does not resolve to a DID`)
}

async function didInDns(handle: string): Promise<string | undefined> {
  try {
    const texts = (await resolveTxt(`_atproto.${handle}`)).map((chunks) => chunks.join(''))
    const dids = texts.filter((text) => text.startsWith('did=')).map((text) => text.slice(4))
    if (dids.length !== 1 || dids[0] === undefined) return undefined
    ensureValidDid(dids[0])
    return dids[0]
  } catch {
    return undefined
  }
}

/** The PDS in an account's DID document. */
export async function pdsOf(did: string, { fetch, plcDirectoryUrl }: Network): Promise<string> {
  const url = did.startsWith('did:web:')
    ? `https://${decodeURIComponent(did.slice('did:web:'.length))}/.well-known/did.json`
    : new URL(`/${encodeURIComponent(did)}`, plcDirectoryUrl).href
  const response = await fetch(url, {
    headers: { accept: 'application/did+ld+json,application/json' },
  })
  if (!response.ok)
    throw new Error(`The document of ${did} cannot be fetched: ${url} answered ${response.status}`)
  const document = await jsonOf(response)
  const services = Array.isArray(document.service)
    ? (document.service as readonly (Service | null)[])
    : []
  const pds = services.find((one) => one?.id === '#atproto_pds' || one?.id === `${did}#atproto_pds`)
  const endpoint = pds?.serviceEndpoint
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint)) {
    throw new Error(`The document of ${did} has no PDS`)
  }
  return endpoint
}

interface Service {
  readonly id?: unknown
  readonly serviceEndpoint?: unknown
}
