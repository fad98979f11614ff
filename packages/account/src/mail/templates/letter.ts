import { type Html, html } from './html.ts'

/** A paragraph of a letter. */
export type Paragraph =
  | { readonly kind: 'text'; readonly text: string }
  /** Shown on its own line, to be copied. */
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'link'; readonly label: string; readonly url: string }

/** Content of a mail, written once for its text and its HTML. */
export interface Letter {
  readonly subject: string
  readonly paragraphs: readonly Paragraph[]
}

/** The three parts of a mail. */
export interface RenderedMail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

export const text = (content: string): Paragraph => ({ kind: 'text', text: oneLine(content) })
export const code = (content: string): Paragraph => ({ kind: 'code', code: oneLine(content) })
export const link = (label: string, url: string): Paragraph => ({
  kind: 'link',
  label: oneLine(label),
  url: oneLine(url),
})

/** Renders a letter as text and HTML. */
export function renderLetter(letter: Letter): RenderedMail {
  const subject = oneLine(letter.subject)
  return {
    subject,
    text: `${letter.paragraphs.map(asText).join('\n\n')}\n`,
    html: page(subject, letter.paragraphs.map(asHtml)).source,
  }
}

function asText(paragraph: Paragraph): string {
  switch (paragraph.kind) {
    case 'text':
      return paragraph.text
    case 'code':
      return `    ${paragraph.code}`
    case 'link':
      return `${paragraph.label}\n${paragraph.url}`
  }
}

function asHtml(paragraph: Paragraph): Html {
  switch (paragraph.kind) {
    case 'text':
      return html`<p>${paragraph.text}</p>`
    case 'code':
      return html`<p style="font: bold 1.5em monospace; letter-spacing: 0.05em">${paragraph.code}</p>`
    case 'link':
      return html`<p><a href="${paragraph.url}">${paragraph.label}</a></p>`
  }
}

function page(title: string, body: readonly Html[]): Html {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title></head>
<body style="max-width: 36em; margin: 2em auto; font-family: sans-serif; line-height: 1.5">
${body}
</body>
</html>
`
}

/** Collapses white space, so a value cannot add lines. */
function oneLine(value: string): string {
  return value.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}
