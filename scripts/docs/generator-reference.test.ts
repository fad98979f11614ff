import { expect, it } from '@jest/globals'
import { runPipeline } from '../../codegen/src/pipeline.ts'
import { readSource } from './source.ts'

const text = { type: 'string' }
const json = { encoding: 'application/json', schema: { type: 'object', properties: { text } } }
const documents = [
  {
    id: 'com.example.post',
    defs: {
      main: { type: 'record', key: 'tid', record: { type: 'object', properties: { text } } },
      replyRef: { type: 'object', properties: { text } },
      explicit: { type: 'token' },
    },
  },
  {
    id: 'com.example.create',
    defs: {
      main: {
        type: 'procedure',
        parameters: { type: 'params', properties: { text } },
        input: json,
        output: json,
        errors: [{ name: 'InvalidHandle' }],
      },
    },
  },
  {
    id: 'com.example.watch',
    defs: {
      main: { type: 'subscription', message: { schema: { type: 'union', refs: ['#added'] } } },
      added: { type: 'object', properties: { text } },
    },
  },
].map(({ id, defs }) => {
  const name = id.replaceAll('.', '/')
  return {
    path: `lexicons/${name}.json`,
    name,
    text: JSON.stringify({ lexicon: 1, id, defs }),
  }
})
const { files, diagnostics } = runPipeline({ documents, overlays: [] }, { importExtension: '.ts' })

/** The names in the first column of the table after a line of the reference. */
function named(above: string): readonly string[] {
  const reference = readSource('docs/generator.md')
  const from = reference.indexOf(above)
  expect(from).toBeGreaterThan(0)
  const [, table = ''] = reference.slice(from).split(/\n\n/)
  const cells = table.split('\n').slice(2)
  return cells.flatMap((line) =>
    [...(line.split('|')[1] ?? '').matchAll(/`(\w+)/g)].map(([, name = '']) => name),
  )
}

function exportsOf(filter: (path: string) => boolean): ReadonlySet<string> {
  const texts = files.filter(({ path }) => filter(path)).map((file) => file.text)
  const found = new Set<string>()
  for (const code of texts) {
    for (const [, name = ''] of code.matchAll(
      /^export (?:async )?(?:type|interface|const|function|class) (\w+)/gm,
    )) {
      found.add(name)
    }
    for (const [, list = ''] of code.matchAll(/^export \{([^}]*)\}/gm)) {
      for (const [, name = ''] of list.matchAll(/(\w+)(?=\s*(?:,|$))/gm)) found.add(name)
    }
  }
  return found
}

it('generates every name that the reference says it generates', () => {
  expect(diagnostics).toEqual([])
  const generated = exportsOf((path) => path.startsWith('types/'))
  const definitions = named('A module in `types/` has, for each definition:')
  const methods = named('and for a method:')
  expect(definitions.length + methods.length).toBeGreaterThan(20)
  expect([...definitions, ...methods].filter((name) => !generated.has(name))).toEqual([])
})

it('writes the files that the reference says it writes', () => {
  const said = readSource('docs/generator.md').match(/^\| `([\w]+\.ts)`/gm) ?? []
  const names = said.map((line) => line.replace(/[|` ]/g, ''))
  const written = files.map(({ path }) => path).filter((path) => !path.startsWith('types/'))
  expect([...names].sort()).toEqual([...written].sort())
})
