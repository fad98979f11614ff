import { schemas } from '@atproto/api'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { emit } from '../emit/emit.ts'
import { resolveModel } from '../resolve-model.ts'
import { flatten } from './flatten.ts'
import { importTexts, printWithCompiler } from './import-text.ts'
import { type Import, resolveImports } from './imports.ts'
import { plainImport } from './plain-import.ts'

const one = (name: string, local = name, typeOnly = false) => ({ name, local, typeOnly })

const names = fc.oneof(
  // Words that mean something in an import are names all the same.
  fc.constantFrom('A', '$Typed', 'is$typed', '_', 'type', 'as', 'from', 'of', 'default', 'import'),
  fc.stringMatching(/^[A-Za-z_$][\w$]{0,60}$/),
)
const specifiers = fc.oneof(
  fc.constantFrom(
    './a',
    '../a.ts',
    '../../types/com/example/a-b.js',
    '@scope/package',
    'a:b',
    '#a',
  ),
  fc.stringMatching(/^[\w@#~./:-]{1,60}$/),
)
const named = fc
  .tuple(names, names, fc.boolean(), fc.boolean())
  .map(([name, other, renamed, typeOnly]) => one(name, renamed ? other : name, typeOnly))
const plain: fc.Arbitrary<Import> = fc.oneof(
  fc.record({
    specifier: specifiers,
    typeOnly: fc.boolean(),
    named: fc.array(named, { minLength: 1, maxLength: 60 }),
  }),
  fc.record({
    specifier: specifiers,
    typeOnly: fc.boolean(),
    namespace: names,
    named: fc.constant([]),
  }),
)

/** Every import of what is generated from the published documents. */
function publishedImports(): Import[] {
  const texts = (schemas as { readonly id: string }[]).map((schema) => ({
    path: `${schema.id}.json`,
    name: schema.id.replaceAll('.', '/'),
    text: JSON.stringify(schema),
  }))
  const { model } = resolveModel({ documents: texts, overlays: [] }, {})
  if (!model) throw new Error('The published documents have problems.')
  return emit(model, {}).flatMap((module) => [
    ...resolveImports(module, flatten(module.statements), '.ts').imports,
  ])
}

describe('an import', () => {
  it('of a plain shape reads as ts-morph prints it', () => {
    const declarations = fc.sample(plain, 3_000)
    expect(declarations.map(plainImport)).toEqual(printWithCompiler(declarations))
  })

  it('is plain wherever the generator chooses the names', () => {
    const declarations = publishedImports()
    expect(declarations.length).toBeGreaterThan(1_000)
    expect(declarations.map(plainImport)).toEqual(printWithCompiler(declarations))
  })

  it.each<[string, Import]>([
    ['a quote in a specifier', { specifier: "it's", typeOnly: false, named: [one('A')] }],
    ['a backslash in a specifier', { specifier: 'a\\b', typeOnly: false, named: [one('A')] }],
    ['a line break in a specifier', { specifier: 'a\nb', typeOnly: false, named: [one('A')] }],
    ['letters beyond ASCII', { specifier: 'a', typeOnly: true, named: [one('é', 'A')] }],
    ['a name that is no identifier', { specifier: 'a', typeOnly: true, named: [one("'-'", 'A')] }],
    ['nothing to bring in', { specifier: 'a', typeOnly: false, named: [] }],
  ])('with %s is left to ts-morph', (_, declaration) => {
    expect(plainImport(declaration)).toBeUndefined()
  })

  it('stands where it was asked for, whichever of the two printed it', () => {
    const declarations: readonly Import[] = [
      { specifier: 'größe', typeOnly: true, named: [one('X', 'X', true)] },
      { specifier: 'b', typeOnly: false, named: [one('Y', 'Y2'), one('Z', 'Z', true)] },
      { specifier: "it's", typeOnly: false, named: [one('Q')] },
      { specifier: './c.ts', typeOnly: false, namespace: 'C', named: [] },
    ]
    expect(importTexts(declarations)).toEqual([
      "import type { X } from 'größe'",
      "import { Y as Y2, type Z } from 'b'",
      "import { Q } from 'it\\'s'",
      "import * as C from './c.ts'",
    ])
  })
})
