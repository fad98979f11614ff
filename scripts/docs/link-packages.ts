import { mkdir, readdir, symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from './folders.ts'

/** Adds the scopes installed in a folder of the repository, unless the repository itself has them. */
export async function linkPackages(
  modules: string,
  from: string,
  scopes: readonly string[],
): Promise<void> {
  for (const scope of scopes) {
    const target = join(modules, scope)
    await unlink(target).catch(() => {})
    await mkdir(target)
    const linked = new Set<string>()
    for (const folder of ['', from]) {
      const installed = join(ROOT, folder, 'node_modules', scope)
      for (const name of await readdir(installed).catch(() => [])) {
        if (linked.has(name)) continue
        linked.add(name)
        await symlink(join(installed, name), join(target, name))
      }
    }
  }
}
