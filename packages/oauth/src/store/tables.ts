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
  oauth_sign_in: SignInTable
  oauth_token: TokenTable
  oauth_used_refresh_token: UsedRefreshTokenTable
}

/** The tables of the authorization server, and of the accounts it stands on. */
export type OAuthQueries = Kysely<AccountTables & OAuthTables>

/** A request for an authorization, from PAR until its code has been exchanged or has expired. */
export interface RequestTable {
  id: string
  client_id: string
  /** JSON; null if the client has not authenticated. */
  client_auth: string | null
  /** JSON of the parameters; those that were consented to once there is a code. */
  parameters: string
  /** The browser that opened the request first. */
  device_id: string | null
  did: string | null
  /** Of the account when its owner consented. */
  epoch: number | null
  code_hash: string | null
  /** How often the code was presented: the first time it counts. */
  uses: Generated<number>
  expires_at: Timestamp
}

/** A session of an app: an access token, and the refresh tokens that followed each other. */
export interface TokenTable {
  id: Generated<string>
  /** `jti` of the present access token; another one after each refresh. */
  token_id: string
  did: string
  /** Of the account when its owner consented; the session is over once the account's is higher. */
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
  /** SHA-256 of the refresh token that is good; null if the client gets none. */
  refresh_hash: string | null
  /** Of the one that the present one was given for. */
  previous_refresh_hash: string | null
  created_at: Timestamp
  updated_at: Timestamp
  expires_at: Timestamp
}

/** Every refresh token that was rotated away, by SHA-256. */
export interface UsedRefreshTokenTable {
  hash: string
  token: string
  used_at: Timestamp
}

/** A browser, by its cookie. */
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
  /** When the password was last given. */
  updated_at: Timestamp
}

/** A password that was given in a browser a short while ago. */
export interface SignInTable {
  device_id: string
  did: string
  /** Of the account when the password was right. */
  epoch: number
  at: Timestamp
}

/** The scopes that an owner has granted to an app, in all consents of an epoch together. */
export interface AuthorizedClientTable {
  did: string
  client_id: string
  epoch: number
  scopes: string[]
  updated_at: Timestamp
}

/** Permission sets. One that once resolved is kept: scopes of live sessions consist of them. */
export interface LexiconTable {
  nsid: string
  created_at: Timestamp
  updated_at: Timestamp
  last_succeeded_at: NullableTimestamp
  uri: string | null
  /** JSON. */
  lexicon: string | null
}

/** SHA-256 of values that may be presented once. Unlogged: empty after a crash of the database. */
export interface ReplayTable {
  hash: string
  expires_at: Timestamp
}
