import { EventLog } from '@lexwright/xrpc'
import type { Added, Removed } from '../generated/types/com/example/cats/watch.ts'

type Change = (Added | Removed) & { $type: string }

/**
 * The posts of the feed and a log of changes, in memory. A real service stores both in a database, in one transaction.
 * Independent of HTTP.
 */
export class Posts {
  /** In order of arrival. */
  readonly #posts = new Map<string, number>()
  readonly #changes: Change[] = []

  /** Replays the changes after a cursor to subscribers, and continues with new ones. */
  readonly log = new EventLog<Change>({
    cursorOf: ({ seq }) => seq,
    read: async (after, limit) => this.#changes.slice(after, after + limit),
    latest: async () => this.#changes.length,
  })

  /** Idempotent: after a reconnection, some events of the firehose arrive twice. */
  add(post: string): void {
    if (this.#posts.has(post)) return
    this.#posts.set(post, this.#record('added', post))
  }

  remove(post: string): void {
    if (this.#posts.delete(post)) this.#record('removed', post)
  }

  /** Newest first, excluding one author. */
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
