/** What follows repositories: it verifies every commit and every handle that it hears of. */
export { IdResolver } from '@atproto/identity'
export { type Event, Firehose, MemoryRunner } from '@atproto/sync'
