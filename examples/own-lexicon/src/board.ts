import { EventEmitter, on } from 'node:events'
import type { Note } from '../generated/types/com/example/board/defs.ts'

/** The notes, in memory; a real service stores them in a database. Independent of HTTP. */
export class Board {
  readonly #notes: Note[] = []
  readonly #news = new EventEmitter().setMaxListeners(0)

  get lastId(): number {
    return this.#notes.length
  }

  add(author: string, content: Note['content']): Note {
    const note: Note = {
      id: this.lastId + 1,
      author,
      content,
      postedAt: new Date().toISOString(),
    }
    this.#notes.push(note)
    this.#news.emit('note', note)
    return note
  }

  /** Newest first. */
  list(limit: number, before = Number.POSITIVE_INFINITY, author?: string): Note[] {
    return this.#notes
      .filter((note) => note.id < before && (author === undefined || note.author === author))
      .reverse()
      .slice(0, limit)
  }

  hasAuthor(name: string): boolean {
    return this.#notes.some(({ author }) => author === name)
  }

  /** Existing notes after an id, then new ones, until the signal is aborted. */
  async *watch(after: number, signal: AbortSignal): AsyncGenerator<Note> {
    // Listens before it yields the old notes, so that none is missed in between.
    const news = on(this.#news, 'note', { signal })
    yield* this.#notes.filter((note) => note.id > after)
    try {
      for await (const [note] of news) yield note as Note
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}
