import type { Migration } from '@lexwright/account/extension'
import { up as initial } from './migrations/0001-initial.ts'
import { up as scopes } from './migrations/0002-scopes.ts'
import { up as lexiconUse } from './migrations/0003-lexicon-use.ts'

/** The migrations of the authorization server. Never edited once released. */
export const oauthMigrations: readonly Migration[] = [
  { name: 'oauth-0001-initial', up: initial },
  { name: 'oauth-0002-scopes', up: scopes },
  { name: 'oauth-0003-lexicon-use', up: lexiconUse },
]
