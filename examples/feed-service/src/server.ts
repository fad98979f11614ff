import { type DidResolver, optional, serviceAuth } from '@lexwright/xrpc/auth'
import { createServer as createXrpcServer, implement, type Server } from '../generated/index.ts'
import { UnknownFeedError } from '../generated/types/app/bsky/feed/getFeedSkeleton.ts'
import type { Posts } from './posts.ts'

export interface ServiceOptions {
  readonly posts: Posts
  /** The DID of this service. */
  readonly did: string
  /** The DID of the feed's publisher. */
  readonly publisher: string
  /** Resolves the keys of callers. */
  readonly resolver: DidResolver
}

/** The feed generator with all its handlers. Does not compile if one is missing. */
export function createServer({ posts, did, publisher, resolver }: ServiceOptions): Server {
  const feed = `at://${publisher}/app.bsky.feed.generator/cats`
  const auth = optional(serviceAuth({ audience: did, resolver }))
  const server = createXrpcServer()
  implement(server.app.bsky.feed, {
    describeFeedGenerator: () => ({
      encoding: 'application/json',
      body: { did, feeds: [{ uri: feed }] },
    }),
    getFeedSkeleton: {
      auth,
      handler: ({ params, auth: { credentials } }) => {
        if (params.feed !== feed) throw new UnknownFeedError(`There is no feed ${params.feed}`)
        // Hides the caller's own posts.
        const page = posts.page(params.limit, cursorOf(params.cursor), credentials?.did)
        const last = page.length === params.limit ? page.at(-1) : undefined
        return {
          encoding: 'application/json',
          body: {
            feed: page.map(({ post }) => ({ post })),
            ...(last && { cursor: String(last.seq) }),
          },
        }
      },
    },
  })
  implement(server.com.example.cats, {
    watch: ({ params, signal }) => posts.log.subscribe(params.cursor, signal),
  })
  return server
}

function cursorOf(cursor: string | undefined): number | undefined {
  return cursor === undefined ? undefined : Number(cursor)
}
