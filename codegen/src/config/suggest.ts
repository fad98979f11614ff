import { distance } from 'fastest-levenshtein'

/** ` Did you mean "x"?` for the most likely candidate; otherwise empty. */
export function suggestion(text: string, candidates: readonly string[]): string {
  const best = nearest(text, candidates)
  return best === undefined ? '' : ` Did you mean "${best}"?`
}

/** The candidate with the fewest edits, if they are few for its length. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const lower = text.toLowerCase()
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: distance(lower, candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= allowedEdits(candidate))
    .sort((a, b) => a.edits - b.edits)
  return best?.candidate
}

/** A transposition is two edits, which must be allowed in a word of four letters. */
function allowedEdits({ length }: string): number {
  return Math.max(length < 4 ? 1 : 2, Math.floor(length / 3))
}
