import type { Migration } from '@lexwright/account/extension'
import { up as initial } from './migrations/0001-initial.ts'
import { up as outbox } from './migrations/0002-outbox.ts'
import { up as moves } from './migrations/0003-moves.ts'
import { up as arrivals } from './migrations/0004-arrivals.ts'

/** The migrations of the entryway. Never edited once released. */
export const entrywayMigrations: readonly Migration[] = [
  { name: 'entryway-0001-initial', up: initial },
  { name: 'entryway-0002-outbox', up: outbox },
  { name: 'entryway-0003-moves', up: moves },
  { name: 'entryway-0004-arrivals', up: arrivals },
]
