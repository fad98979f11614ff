import type { Migration } from '@lexwright/account/extension'
import { up as initial } from './migrations/0001-initial.ts'

/** The steps of the tables of the authorization server. Never edited once released, only added. */
export const oauthMigrations: readonly Migration[] = [{ name: 'oauth-0001-initial', up: initial }]
