import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from './folders.ts'

/** Documents that take long or use PostgreSQL, executed by `long-documents.network.test.ts`. */
export const LONG_DOCUMENTS: readonly string[] = [
  'docs/embedding.md',
  'docs/operations.md',
  'docs/tutorial.md',
]

/** The paths of the documents whose blocks are executed. */
export async function findDocuments(): Promise<readonly string[]> {
  const found = ['README.md', 'codegen/README.md', 'generated/README.md']
  for (const folder of ['packages', 'examples']) {
    if (!existsSync(join(ROOT, folder))) continue
    for (const name of await readdir(join(ROOT, folder))) found.push(`${folder}/${name}/README.md`)
  }
  for (const name of await readdir(join(ROOT, 'docs'), { recursive: true })) {
    if (name.endsWith('.md')) found.push(`docs/${name}`)
  }
  return found.filter((path) => existsSync(join(ROOT, path))).sort()
}
