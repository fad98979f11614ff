import { jsonToLex, lexToJson } from '@atproto/lex-json'
import type { BlobRef } from '@atproto/lexicon'
import { CID } from 'multiformats/cid'
import { textOfJson } from './codecs.ts'
import type { Codec } from './method.ts'

/**
 * JSON with links, bytes and blobs: `$link` becomes a CID, `$bytes` a `Uint8Array`, and a reference to a blob a
 * {@link BlobReference}. Generated calls import it only for methods that may have such values.
 */
export const lexJson: Codec = {
  type: 'application/json',
  encode: (data) => JSON.stringify(lexToJson(withoutBlobs(data) as never)),
  decode: (body, type) => withBlobs(jsonToLex(JSON.parse(textOfJson(body, type)))),
}

/** A reference to a blob, with the shape of `BlobRef` in `@atproto/lexicon`, which would add 150 kB to a bundle. */
export class BlobReference implements BlobRef {
  ref: CID
  mimeType: string
  /** In bytes; -1 for the old form, which has no size. */
  size: number
  original: BlobRef['original']

  constructor(ref: CID, mimeType: string, size: number, original?: BlobRef['original']) {
    this.ref = ref
    this.mimeType = mimeType
    this.size = size
    this.original = original ?? { $type: 'blob', ref, mimeType, size }
  }

  ipld(): BlobRef['original'] {
    return this.original
  }

  toJSON(): unknown {
    return lexToJson(this.original as never)
  }
}

/** Replaces references in place, since the value was just parsed and is not shared. */
function withBlobs(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || isAtom(value)) return value
  const blob = blobOf(value as Record<string, unknown>)
  if (blob) return blob
  for (const [key, one] of Object.entries(value)) {
    ;(value as Record<string, unknown>)[key] = withBlobs(one)
  }
  return value
}

/** Accepts the two forms of a reference, with exactly these properties. */
function blobOf(value: Record<string, unknown>): BlobReference | undefined {
  const { $type, ref, mimeType, size, cid } = value
  if (typeof mimeType !== 'string') return undefined
  const properties = Object.keys(value).length
  if ($type === 'blob' && typeof size === 'number' && properties === 4) {
    const link = CID.asCID(ref)
    return link ? new BlobReference(link, mimeType, size) : undefined
  }
  if (typeof cid !== 'string' || properties !== 2) return undefined
  return new BlobReference(CID.parse(cid), mimeType, -1, { cid, mimeType })
}

/** Replaces references of any class, including that of `@atproto/lexicon`, by their plain form. */
function withoutBlobs(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || isAtom(value)) return value
  if (Array.isArray(value)) return value.map(withoutBlobs)
  if ('ipld' in value && typeof value.ipld === 'function') return value.ipld()
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutBlobs(one)]))
}

function isAtom(value: object): boolean {
  return ArrayBuffer.isView(value) || CID.asCID(value) !== null
}
