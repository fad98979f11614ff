import type { IdResolver } from '@atproto/identity'
import { type Event, Firehose, MemoryRunner } from '@atproto/sync'
import type { Posts } from './posts.ts'

export interface FirehoseSettings {
  /** The origin of a relay or PDS, `wss:` or `ws:`. */
  readonly service: string
  readonly idResolver: IdResolver
  readonly posts: Posts
  /** The last event seen. A real service stores it with its posts. */
  readonly cursor?: number
}

/** Follows the network. Reconnects, and resumes where it was, until destroyed. */
export function followFirehose(settings: FirehoseSettings): Firehose {
  const { service, idResolver, posts, cursor } = settings
  const runner = new MemoryRunner({ ...(cursor !== undefined && { startCursor: cursor }) })
  const firehose = new Firehose({
    service,
    idResolver,
    runner,
    filterCollections: ['app.bsky.feed.post'],
    excludeIdentity: true,
    excludeAccount: true,
    excludeSync: true,
    handleEvent: (event) => handleEvent(event, posts),
    onError: (error) => console.error(error),
  })
  firehose.start()
  return firehose
}

/** Adds posts about cats to the feed, and removes deleted ones. */
export async function handleEvent(event: Event, posts: Posts): Promise<void> {
  if (event.event === 'delete') posts.remove(event.uri.toString())
  if (event.event !== 'create') return
  const { text } = event.record
  if (typeof text === 'string' && /\bcats?\b/i.test(text)) posts.add(event.uri.toString())
}
