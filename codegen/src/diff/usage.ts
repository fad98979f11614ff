import type { Address } from '../ir/model.ts'
import { addressOf } from '../ir/references.ts'
import type { LexiconDocument } from '../parse/schema.ts'
import { DIRECTIONS, type Direction } from './rules.ts'

type Documents = ReadonlyMap<string, LexiconDocument>

/**
 * The directions in which values of each definition flow, found by following references from method bodies and
 * records. A definition that nothing in the set reaches counts as used in all directions.
 */
export class Usage {
  readonly #found = new Map<string, Set<Direction>>()

  constructor(...sets: readonly Documents[]) {
    for (const documents of sets) {
      for (const document of documents.values()) this.#start(document, documents)
    }
  }

  of({ nsid, name }: Address): ReadonlySet<Direction> {
    return this.#found.get(`${nsid}#${name}`) ?? ALL
  }

  #start({ id, defs }: LexiconDocument, documents: Documents): void {
    const { main } = defs
    if (!main) return
    const follow = (value: unknown, direction: Direction): void =>
      this.#follow({ value, nsid: id, direction }, documents)
    switch (main.type) {
      case 'record':
        follow(main.record, 'record')
        return
      case 'query':
      case 'procedure':
        follow(main.parameters, 'input')
        follow('input' in main ? main.input : undefined, 'input')
        follow(main.output, 'output')
        return
      case 'subscription':
        follow(main.parameters, 'input')
        follow(main.message, 'output')
    }
  }

  #follow(
    from: { readonly value: unknown; readonly nsid: string; readonly direction: Direction },
    documents: Documents,
  ): void {
    const { value, nsid, direction } = from
    if (typeof value !== 'object' || value === null) return
    const { type, ref, refs } = value as { type?: unknown; ref?: unknown; refs?: unknown }
    const targets = type === 'union' && Array.isArray(refs) ? refs : type === 'ref' ? [ref] : []
    for (const target of targets) {
      if (typeof target === 'string') this.#reach(addressOf(target, nsid), direction, documents)
    }
    for (const child of Object.values(value)) {
      this.#follow({ value: child, nsid, direction }, documents)
    }
  }

  #reach({ nsid, name }: Address, direction: Direction, documents: Documents): void {
    const key = `${nsid}#${name}`
    const directions = this.#found.get(key) ?? new Set()
    if (directions.has(direction)) return
    this.#found.set(key, directions.add(direction))
    this.#follow({ value: documents.get(nsid)?.defs[name], nsid, direction }, documents)
  }
}

const ALL: ReadonlySet<Direction> = new Set(DIRECTIONS)
