/** The official client of `subscribeRepos`, which verifies every commit and every handle. */
export { IdResolver } from '@atproto/identity'
export { type Event, Firehose, MemoryRunner } from '@atproto/sync'
