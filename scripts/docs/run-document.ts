import { readBlocks } from './markdown.ts'
import { choosePorts } from './ports.ts'
import { createReader, type World } from './reader.ts'

/** The results of a document's blocks. */
export interface DocumentReport {
  readonly executed: number
  /** Blocks marked as not run, with reasons. */
  readonly notRun: readonly string[]
  /** TypeScript files to type-check. */
  readonly modules: readonly string[]
}

/**
 * Executes a document from top to bottom, and compares the results with what it shows.
 *
 * @throws an error that lists every difference and its place.
 */
export async function runDocument(
  document: string,
  markdown: string,
  world: World,
): Promise<DocumentReport> {
  const blocks = readBlocks(document, markdown)
  const reader = createReader(document, await choosePorts(markdown), world)
  const notRun: string[] = []
  const problems: string[] = []
  let executed = 0
  try {
    for (const block of blocks) {
      // Mermaid diagrams are pictures, not code to run.
      if (block.language === 'mermaid') continue
      const place = `${block.document}:${block.line}`
      const reason = block.directives.get('not run')
      if (reason !== undefined) {
        notRun.push(`${place} (${block.language}): ${reason}`)
        continue
      }
      const found = await reader.read(block).catch((cause: Error) => [cause.message])
      problems.push(...found.map((problem) => `${place} (${block.language}): ${problem}`))
      executed++
    }
  } finally {
    await reader.close()
  }
  if (problems.length > 0) throw new Error(problems.join('\n\n'))
  return { executed, notRun, modules: reader.modules }
}
