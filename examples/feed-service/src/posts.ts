import { EventLog } from '@lexwright/xrpc'
import type { Added, Removed } from '../generated/types/com/example/cats/watch.ts'

type Change = (Added | Removed) & { $type: string }

/**
 * The posts of the feed and a log of how they came and went, in memory. A real service keeps both in a database, in one
 * transaction; it knows nothing of HTTP.
 */
export class Posts {
  /** In the order in which they came. */
  readonly #posts = new Map<string, number>()
  readonly #changes: Change[] = []

  /** Replays the changes after a cursor to subscribers, and goes on with new ones. */
  readonly log = new EventLog<Change>({
    cursorOf: ({ seq }) => seq,
    read: async (after, limit) => this.#changes.slice(after, after + limit),
    latest: async () => this.#changes.length,
  })

  /** Adding a post again changes nothing: after a reconnection, some events of the firehose come twice. */
  add(post: string): void {
    if (this.#posts.has(post)) return
    this.#posts.set(post, this.#record('added', post))
  }

  remove(post: string): void {
    if (this.#posts.delete(post)) this.#record('removed', post)
  }

  /** The newest first, without those of an author. */
  page(limit: number, before = Number.POSITIVE_INFINITY, without?: string) {
    return [...this.#posts]
      .filter(([post, seq]) => seq < before && !post.startsWith(`at://${without}/`))
      .reverse()
      .slice(0, limit)
      .map(([post, seq]) => ({ post, seq }))
  }

  #record(kind: 'added' | 'removed', post: string): number {
    const seq = this.#changes.length + 1
    this.#changes.push({ $type: `com.example.cats.watch#${kind}`, seq, post })
    this.log.notify()
    return seq
  }
}
