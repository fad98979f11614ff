import { expect, it } from '@jest/globals'
import { printImportsHere } from './import-text.ts'
import { startImportThread } from './import-thread.ts'
import type { Import } from './imports.ts'

const one = (name: string, local = name, typeOnly = false) => ({ name, local, typeOnly })
const declarations: readonly Import[] = [
  { specifier: 'a', typeOnly: true, named: [one('X', 'X', true)] },
  { specifier: 'b', typeOnly: false, named: [one('Y', 'Y2'), one('Z', 'Z', true)] },
  { specifier: './c.ts', typeOnly: false, namespace: 'C', named: [] },
]

it('prints in a thread what is printed here', async () => {
  const thread = startImportThread()
  try {
    const texts = thread.print(declarations)()
    expect(texts).toEqual([
      "import type { X } from 'a'",
      "import { Y as Y2, type Z } from 'b'",
      "import * as C from './c.ts'",
    ])
    expect(printImportsHere(declarations)()).toEqual(texts)
  } finally {
    await thread.end()
  }
})

it('hands on what goes wrong in the thread', async () => {
  const thread = startImportThread()
  try {
    const broken = [{ specifier: 'a', typeOnly: true }] as unknown as readonly Import[]
    expect(thread.print(broken)).toThrow('Cannot read properties of undefined')
  } finally {
    await thread.end()
  }
})
