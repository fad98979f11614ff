import type { Address, DocumentModel, ValueType } from '../ir/model.ts'

/**
 * True if JSON of a type may contain links, bytes or blobs: directly, or in an `unknown`, which may be a record. Open
 * union members outside the documents do not count, since their properties are not known.
 */
export function mayHoldLexValues(
  type: ValueType,
  documents: ReadonlyMap<string, DocumentModel>,
  seen: Set<string> = new Set(),
): boolean {
  const inside = (part: ValueType): boolean => mayHoldLexValues(part, documents, seen)
  const behind = ({ nsid, name }: Address): boolean => {
    const key = `${nsid}#${name}`
    if (seen.has(key)) return false
    seen.add(key)
    const definitions = documents.get(nsid)?.definitions ?? []
    const definition = definitions.find((candidate) => candidate.name === name)
    return definition !== undefined && inside(definition.type)
  }
  switch (type.type) {
    case 'blob':
    case 'bytes':
    case 'cid-link':
    case 'unknown':
      return true
    case 'array':
      return inside(type.items)
    case 'object':
      return type.properties.some((property) => inside(property.type))
    case 'ref':
      return behind(type.target)
    case 'union':
      return type.variants.some(behind)
    default:
      return false
  }
}
