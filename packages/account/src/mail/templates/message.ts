import { type Letter, text } from './letter.ts'

/** A message of the operator to an account's owner. */
export interface MessageLetter {
  readonly kind: 'message'
  readonly subject: string
  /** Paragraphs, with empty lines between them. */
  readonly text: string
}

export function message({ subject, text: content }: MessageLetter): Letter {
  return { subject, paragraphs: content.split(/\n\s*\n/).map((paragraph) => text(paragraph)) }
}
