import type { Migration } from '@lexwright/account/extension'
import { up as initial } from './migrations/0001-initial.ts'

/** The steps of the entryway's tables. Never edited once released, only added. */
export const entrywayMigrations: readonly Migration[] = [
  { name: 'entryway-0001-initial', up: initial },
]
