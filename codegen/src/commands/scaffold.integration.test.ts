import { chmod, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { runHere } from '../testing/run-cli.ts'
import { lexicon, scratchFolder } from '../testing/scratch-folder.ts'

const query = { type: 'query', description: 'Reads it.', output: { encoding: 'image/png' } }
const server = `import { createServer, implement } from '../generated/index.js'

export const server = createServer()
implement(server.com.example, {})
`

let folder: string
beforeEach(async () => {
  folder = await scratchFolder({
    'lexicons/com/example/get.json': lexicon('com.example.get', query),
    'src/server.ts': server,
  })
})
afterEach(() => rm(folder, { recursive: true, force: true }))
const textOf = (path: string): Promise<string> => readFile(join(folder, path), 'utf8')

describe('scaffold', () => {
  it("writes a handler, replaces the user's file atomically, and keeps its mode", async () => {
    await chmod(join(folder, 'src/server.ts'), 0o640)
    const before = await stat(join(folder, 'src/server.ts'))
    expect(await runHere(folder, 'scaffold', 'src')).toMatchObject({ code: 0, stderr: '' })
    expect(await textOf('src/server.ts')).toContain('implement(server.com.example, { get })')
    const after = await stat(join(folder, 'src/server.ts'))
    expect(after.mode).toBe(before.mode)
    // Rewriting in place would keep the inode, and expose a half-written file.
    expect(after.ino).not.toBe(before.ino)
    expect((await readdir(join(folder, 'src'), { recursive: true })).sort()).toEqual([
      'handlers',
      join('handlers', 'get.ts'),
      'server.ts',
    ])
  })

  it('does not write through links', async () => {
    await mkdir(join(folder, 'elsewhere'))
    await symlink('../elsewhere', join(folder, 'src', 'handlers'))
    expect(await runHere(folder, 'scaffold', 'src')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is a link, and nothing is written through links'),
    })
    await rm(join(folder, 'src', 'handlers'))
    await rename(join(folder, 'src'), join(folder, 'real'))
    await symlink('real', join(folder, 'src'))
    expect(await runHere(folder, 'scaffold', 'src')).toMatchObject({ code: 1 })
    expect([await readdir(join(folder, 'elsewhere')), await readdir(join(folder, 'real'))]).toEqual(
      [[], ['server.ts']],
    )
    expect(await textOf('real/server.ts')).toBe(server)
  })
})
