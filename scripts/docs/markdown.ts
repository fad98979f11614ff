/** A fenced block of a Markdown document, or shell code visible only to the test. */
export interface Block {
  readonly document: string
  /** The line of the opening fence, from 1. */
  readonly line: number
  /** The word after the fence; empty if there is none. */
  readonly language: string
  readonly text: string
  /** Comments before it, by name. */
  readonly directives: Directives
}

/**
 * HTML comments before a fence that control its test. Readers do not see them.
 *
 * | comment                | the block                                                                  |
 * | ---------------------- | -------------------------------------------------------------------------- |
 * | `not run: REASON`      | is not executed                                                            |
 * | `folder: NAME`         | and the following ones run in a new folder; see `folders.ts`               |
 * |                        | with `, beside`, programs started earlier keep running                     |
 * | `file: PATH`           | is written to that file; with `, continued`, appended to it                |
 * | `stays up: URL`        | starts programs that keep running; waits until the URL answers             |
 * | `exit: CODE`           | exits with that code                                                       |
 * | `output of: COMMAND`   | is the output of that command                                              |
 * | `given: CODE`          | is type-checked with that code before it                                   |
 * | `hidden: COMMANDS`     | runs after those commands, in the same folder                              |
 */
export type DirectiveName = (typeof names)[number]
export type Directives = ReadonlyMap<DirectiveName, string>

const names = [
  'not run',
  'folder',
  'file',
  'stays up',
  'exit',
  'output of',
  'given',
  'hidden',
] as const

/** The opening of a fence, indented in lists. */
const FENCE = /^( *)(`{3,}|~{3,})\s*(\S*)/
const COMMENT = new RegExp(`^ *<!--\\s*(${names.join('|')}):\\s*([\\s\\S]*?)\\s*-->$`)

/** All fenced blocks of a document, in order. */
export function readBlocks(document: string, markdown: string): readonly Block[] {
  const lines = markdown.split('\n')
  const blocks: Block[] = []
  let directives = new Map<DirectiveName, string>()
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (line.trim() === '') continue
    if (/^ *<!--/.test(line)) {
      const from = at
      while (!lines[at]?.includes('-->') && at < lines.length - 1) at++
      const [, name, value] = COMMENT.exec(lines.slice(from, at + 1).join('\n')) ?? []
      if (name !== undefined && value !== undefined) directives.set(name as DirectiveName, value)
      continue
    }
    const [, indent = '', fence, language = ''] = FENCE.exec(line) ?? []
    if (fence !== undefined) {
      const from = at + 1
      do at++
      while (at < lines.length && lines[at]?.trim() !== fence)
      const text = lines.slice(from, at).map((code) => unindent(code, indent.length))
      blocks.push({ document, line: from, language, text: text.join('\n'), directives })
    } else if (directives.size > 0) {
      throw new Error(`${document}:${at + 1}: a comment for a block is not followed by one`)
    }
    directives = new Map()
  }
  return blocks
}

function unindent(line: string, by: number): string {
  return line.slice(Math.min(by, line.length - line.trimStart().length))
}

/** Input to a shell, with the output that the document shows. */
export interface Step {
  readonly command: string
  /** The comment after it, without comment marks; undefined if there is none. */
  readonly output: string | undefined
}

/**
 * The steps of a shell block, separated by blank lines. Comments before a command are for readers, comments after
 * it are its expected output.
 */
export function readSteps(text: string): readonly Step[] {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => {
      const lines = paragraph.split('\n').filter((line) => line.trim() !== '')
      const last = lines.findLastIndex((line) => !line.startsWith('#'))
      const output = lines.slice(last + 1).map((line) => line.replace(/^# ?/, ''))
      const first = lines.findIndex((line) => !line.startsWith('#'))
      const command = first < 0 ? '' : lines.slice(first, last + 1).join('\n')
      return { command, output: output.length > 0 ? output.join('\n') : undefined }
    })
    .filter(({ command }) => command !== '')
}
