import type { Entryway } from '@lexwright/entryway'
import type { PlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { type Kysely, sql } from 'kysely'
import type { EntrywayHost } from './entryway-world.ts'

interface Places {
  readonly db: Kysely<unknown>
  readonly directory: PlcDirectory
  readonly hosts: readonly EntrywayHost[]
  readonly entryway: Entryway
}

/** Traces of changes that were neither completed nor undone. */
export interface Leftovers {
  /** Handles reserved for sign-ups that have not ended, and for nobody. */
  readonly names: readonly string[]
  /** Invite codes used by nobody. */
  readonly invites: readonly string[]
  /** Accounts without their repository, or whose DID does not name their host. */
  readonly accounts: readonly string[]
  /** DIDs without an account. */
  readonly dids: readonly string[]
  /** Repositories without an account. */
  readonly repositories: readonly string[]
  /** Accounts with pending updates or moves. */
  readonly pending: readonly string[]
}

export const NO_LEFTOVERS: Leftovers = {
  names: [],
  invites: [],
  accounts: [],
  dids: [],
  repositories: [],
  pending: [],
}

/** Compares accounts, handles, invites, repositories and DIDs once nothing is under way any more. */
export async function findLeftovers({
  db,
  directory,
  hosts,
  entryway,
}: Places): Promise<Leftovers> {
  const { rows } = await sql<AccountRow>`
    select account.did, purged_at is not null as is_purged, host
    from lexwright_account.account
    left join lexwright_account.entryway_account using (did)`.execute(db)
  // A former host keeps its copy for a while.
  const copies = await sql<{ did: string; host: string }>`
    select did, from_host as host from lexwright_account.entryway_move
    where finished_at is not null`.execute(db)
  const names = await sql<{ handle: string }>`
    select handle from lexwright_account.handle_claim
    where held_until is null and not exists (
      select from lexwright_account.account
      where account.did = handle_claim.did and account.handle = handle_claim.handle
        and status <> 'pending')`.execute(db)
  const invites = await sql<{ code: string }>`
    select code from lexwright_account.invite_code
    where uses_granted - uses_left <> (
      select count(*) from lexwright_account.account where invite_code = code)`.execute(db)
  const dids = await readDids(directory)
  const places = new Set<string>()
  for (const host of hosts) {
    for (const did of await listRepositories(host)) places.add(placeOf({ did, host: host.did }))
  }

  const known = new Set(rows.map(({ did }) => did))
  const knownPlaces = new Set([...rows, ...copies.rows].map(placeOf))
  const isWhole = ({ did, host, is_purged: isPurged }: AccountRow): boolean => {
    if (isPurged) return host === null
    const url = hosts.find((each) => each.did === host)?.pds.url
    return places.has(placeOf({ did, host })) && dids.get(did)?.endpoint === url
  }
  return {
    names: names.rows.map(({ handle }) => handle),
    invites: invites.rows.map(({ code }) => code),
    accounts: rows.filter((row) => !isWhole(row)).map(placeOf),
    dids: [...dids.keys()].filter((did) => !known.has(did)),
    repositories: [...places].filter((place) => !knownPlaces.has(place)),
    pending: [
      ...(await entryway.operator.listOutbox()).map(({ did, kinds }) => `${did}: ${kinds}`),
      ...(await entryway.moves.list()).map(({ did, step }) => `${did}: move at ${step}`),
    ],
  }
}

const placeOf = ({ did, host }: { readonly did: string; readonly host: string | null }): string =>
  `${did} at ${host}`

interface AccountRow {
  readonly did: string
  readonly is_purged: boolean
  readonly host: string | null
}

/** The DIDs in the repositories of a host, deactivated and taken-down ones included. */
export async function listRepositories({ pds }: EntrywayHost): Promise<readonly string[]> {
  const dids: string[] = []
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const query = new URLSearchParams({ limit: '1000', ...(cursor !== '' && { cursor }) })
    const response = await fetch(`${pds.url}/xrpc/com.atproto.sync.listRepos?${query}`)
    const page = (await response.json()) as { repos: { did: string }[]; cursor?: string }
    dids.push(...page.repos.map(({ did }) => did))
    cursor = page.repos.length === 0 ? undefined : page.cursor
  }
  return dids
}

interface DidData {
  /** All names that the DID has had, such as `at://alice.test`. */
  readonly names: ReadonlySet<string>
  /** The PDS that it names now. */
  readonly endpoint: string | undefined
}

/** Every DID without a tombstone. */
export async function readDids(directory: PlcDirectory): Promise<ReadonlyMap<string, DidData>> {
  const found = new Map<string, DidData>()
  for (const did of directory.dids()) {
    const log = (await directory.log(did)) as readonly {
      readonly type: string
      readonly alsoKnownAs?: readonly string[]
      readonly services?: { readonly atproto_pds?: { readonly endpoint: string } }
    }[]
    const latest = log.at(-1)
    if (latest?.type === 'plc_tombstone') continue
    found.set(did, {
      names: new Set(log.flatMap(({ alsoKnownAs = [] }) => alsoKnownAs)),
      endpoint: latest?.services?.atproto_pds?.endpoint,
    })
  }
  return found
}
