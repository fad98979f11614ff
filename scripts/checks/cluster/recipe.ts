import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readBlocks } from '../../docs/markdown.ts'

const DOCUMENT = join(import.meta.dirname, '../../../docs/operations.md')

/**
 * A configuration file as documented for operators, with other names and addresses. So the check runs
 * exactly what the document recommends.
 *
 * @throws if the document has no such file, or the file does not contain a replaced text.
 */
export async function readRecipe(
  file: string,
  replacements: Readonly<Record<string, string>>,
): Promise<string> {
  const blocks = readBlocks(DOCUMENT, await readFile(DOCUMENT, 'utf8'))
  const block = blocks.find(({ directives }) => directives.get('file') === file)
  if (block === undefined) throw new Error(`${DOCUMENT} has no ${file}`)
  let text = `${block.text}\n`
  for (const [documented, actual] of Object.entries(replacements)) {
    if (!text.includes(documented)) throw new Error(`${file} does not contain ${documented}`)
    text = text.replaceAll(documented, actual)
  }
  return text
}
