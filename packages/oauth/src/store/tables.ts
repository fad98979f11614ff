import type { AccountTables, NullableTimestamp, Timestamp } from '@lexwright/account/extension'
import type { Generated, Kysely } from 'kysely'

/** The tables of the authorization server, in the schema of the account module. */
export interface OAuthTables {
  oauth_authorized_client: AuthorizedClientTable
  oauth_device: DeviceTable
  oauth_device_account: DeviceAccountTable
  oauth_lexicon: LexiconTable
  oauth_replay: ReplayTable
  oauth_request: RequestTable
  oauth_scope: ScopeTable
  oauth_sign_in: SignInTable
  oauth_token: TokenTable
  oauth_used_refresh_token: UsedRefreshTokenTable
}

/** The tables of the authorization server and of the accounts. */
export type OAuthQueries = Kysely<AccountTables & OAuthTables>

/** An authorization request, from PAR until its code is exchanged or expires. */
export interface RequestTable {
  id: string
  client_id: string
  /** JSON; null if the client has not authenticated. */
  client_auth: string | null
  /** JSON of the parameters; of the granted ones once there is a code. */
  parameters: string
  /** The browser that first opened the request. */
  device_id: string | null
  did: string | null
  /** Session epoch of the account at consent. */
  epoch: number | null
  code_hash: string | null
  /** Times the code was presented; only the first counts. */
  uses: Generated<number>
  expires_at: Timestamp
}

/** A session of an app: an access token and its chain of refresh tokens. */
export interface TokenTable {
  id: Generated<string>
  /** `jti` of the present access token; changes with each refresh. */
  token_id: string
  did: string
  /** Session epoch of the account at consent; the session ends once the account's is higher. */
  epoch: number
  device_id: string | null
  client_id: string
  /** JSON. */
  client_auth: string
  /** JSON. */
  parameters: string
  /** The permissions of the access token. */
  scope: string
  code_hash: string | null
  /** SHA-256 of the valid refresh token; null if the client gets none. */
  refresh_hash: string | null
  /** SHA-256 of its predecessor. */
  previous_refresh_hash: string | null
  created_at: Timestamp
  updated_at: Timestamp
  expires_at: Timestamp
}

/** Every rotated refresh token, by SHA-256. */
export interface UsedRefreshTokenTable {
  hash: string
  token: string
  used_at: Timestamp
}

/** A browser, identified by its cookie. */
export interface DeviceTable {
  id: string
  session_id: string
  user_agent: string | null
  ip_address: string
  last_seen_at: Timestamp
}

/** An account that a browser remembers. */
export interface DeviceAccountTable {
  device_id: string
  did: string
  epoch: number
  created_at: Timestamp
  /** When the password was last entered. */
  updated_at: Timestamp
}

/** A recent sign-in with a password in a browser. */
export interface SignInTable {
  device_id: string
  did: string
  /** Session epoch of the account at that time. */
  epoch: number
  at: Timestamp
}

/** The scopes that an owner has granted to an app, over all consents of an epoch. */
export interface AuthorizedClientTable {
  did: string
  client_id: string
  epoch: number
  scopes: string[]
  updated_at: Timestamp
}

/** Permission sets. Resolved ones are kept: scopes of live sessions consist of them. */
export interface LexiconTable {
  nsid: string
  created_at: Timestamp
  updated_at: Timestamp
  last_succeeded_at: NullableTimestamp
  uri: string | null
  /** JSON. */
  lexicon: string | null
  /** When a session last used it, to the day; null for sets that were only requested. */
  used_at: NullableTimestamp
}

/** A scope that is too long for tokens, which refer to it instead. */
export interface ScopeTable {
  /** SHA-256 of the scope. */
  hash: string
  scope: string
  /** Last time a token referred to it. */
  used_at: Timestamp
}

/** SHA-256 of values accepted once. Unlogged: empty after a crash of the database. */
export interface ReplayTable {
  hash: string
  expires_at: Timestamp
}
