import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { commandsOf } from './readme.ts'

const examples = join(import.meta.dirname, '..', '..', 'examples')
const entries = await readdir(examples, { withFileTypes: true })
const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)

describe('commandsOf', () => {
  it('are the lines of the sh blocks, in order', () => {
    const readme =
      '```sh\nnpm install\nnpm run a   # why\n\n# more\n```\ntext\n```console\n$ npm start\n```\n```sh\nnpm test\n```\n'
    expect(commandsOf(readme)).toEqual(['npm install', 'npm run a', 'npm test'])
  })
})

describe.each(names)('examples/%s', (name) => {
  it('describes how to install and test it, and is listed', async () => {
    const commands = commandsOf(await readFile(join(examples, name, 'README.md'), 'utf8'))
    expect(commands[0]).toBe('npm install')
    expect(commands.at(-1)).toBe('npm test')
    const { scripts } = JSON.parse(await readFile(join(examples, name, 'package.json'), 'utf8'))
    const run = commands.map((command) => command.replace(/^npm (run )?/, ''))
    for (const script of run.slice(1)) expect(scripts).toHaveProperty([script])
    // It would skip checking the declarations of the published packages.
    const config = await readFile(join(examples, name, 'tsconfig.json'), 'utf8')
    expect(config).not.toContain('skipLibCheck')
    const texts = run.flatMap((script) => [scripts[`pre${script}`], scripts[script]])
    expect(texts.join('\n')).toMatch(/\btsc\b/)
    expect(await readFile(join(examples, 'README.md'), 'utf8')).toContain(`[${name}](${name})`)
  })
})
