import { type Letter, text } from './letter.ts'

/** A message from the operator to the owner of an account. */
export interface MessageLetter {
  readonly kind: 'message'
  readonly subject: string
  /** Paragraphs, separated by empty lines. */
  readonly text: string
}

export function message({ subject, text: content }: MessageLetter): Letter {
  return { subject, paragraphs: content.split(/\n\s*\n/).map((paragraph) => text(paragraph)) }
}
