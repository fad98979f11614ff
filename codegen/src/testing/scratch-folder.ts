import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..', '..', '..')

/** A new folder with the given files, optionally with this repository's packages installed. */
export async function scratchFolder(
  files: Readonly<Record<string, string | object>> = {},
  options: { readonly linked?: boolean } = {},
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lexwright-'))
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`
    await writeFile(join(folder, path), text)
  }
  if (options.linked) await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** A lexicon document with a main definition. */
export function lexicon(id: string, main: object): object {
  return { lexicon: 1, id, defs: { main } }
}
