import { describe, expect, it } from '@jest/globals'
import { Code, code, type ImportedSymbol, name } from '../emit/code.ts'
import { interfaceOf, objectType, property, typeAlias } from '../emit/declarations.ts'
import { type Module, typeFrom } from '../emit/module.ts'
import type { Statement } from '../emit/structure.ts'
import { Printer } from './print.ts'

function moduleOf(statements: readonly Statement[], ...declares: readonly string[]): Module {
  return { path: 'types/com/example/thing', about: 'com.example.thing', declares, statements }
}

function textOf(module: Module): string | undefined {
  return new Printer().print([module], { importExtension: '.ts' })[0]?.text
}

/** Code that no emitter can make: text of documents becomes a literal, a comment or a checked name. */
function smuggled(text: string): Code {
  return new Code([text])
}

describe('a module', () => {
  it('that does not parse is refused with the name of its document', () => {
    const module = moduleOf([typeAlias('A', smuggled('string; }'))], 'A')
    expect(() => textOf(module)).toThrow(
      'The module of com.example.thing (types/com/example/thing.ts) does not parse, line 6:',
    )
  })

  it.each<[string, string, string]>([
    ['another type', 'string; export type B = 1', 'declares A, B instead of A.'],
    ['another import', "string; import './b.ts'", 'imports ./b.ts instead of nothing.'],
    ['a call', 'string; process.exit()', 'has a statement that declares nothing: process.exit()'],
    ['a block', 'string; {}', 'has a statement that declares nothing: {}'],
    ['an export of everything', "string; export * from './b.ts'", 'exports'],
  ])('with an additional %s is refused', (_, type, message) => {
    expect(() => textOf(moduleOf([typeAlias('A', smuggled(type))], 'A'))).toThrow(message)
  })

  it('that lacks a declaration is refused', () => {
    const module = moduleOf([typeAlias('A', code`string`)], 'A', 'B')
    expect(() => textOf(module)).toThrow('declares A instead of A, B.')
  })

  it.each<[string, ImportedSymbol, string]>([
    ['a quote', typeFrom("it's", 'A'), "import type { A } from 'it\\'s';"],
    ['a backslash', typeFrom('a\\', 'A'), "import type { A } from 'a\\\\';"],
    [
      'another local name',
      { ...typeFrom('a', 'A'), local: 'B' },
      "import type { A as B } from 'a';",
    ],
  ])('imports from a package with %s', (_, symbol, expected) => {
    expect(textOf(moduleOf([typeAlias('Z', code`${symbol}`)], 'Z'))).toContain(expected)
  })

  it('keeps its indentation whatever its strings contain', () => {
    const members = ['\\', '`', "'", '/', '{', '*/', '//'].map((text, index) =>
      property(`p${index}`, objectType([property('only', code`${text}`)])),
    )
    const text = textOf(moduleOf([interfaceOf('A', members)], 'A')) ?? ''
    for (const line of text.split('\n').filter((one) => one.includes('only'))) {
      expect(line).toMatch(/^ {4}only: /)
    }
  })
})

describe('a printer', () => {
  const one = (): Module => moduleOf([typeAlias('A', name('B'))], 'A')

  it('keeps the file of an unchanged module, and prints a changed one', () => {
    const printer = new Printer()
    const options = { importExtension: '.ts' } as const
    const [first] = printer.print([one()], options)
    expect(printer.print([one()], options)[0]).toBe(first)
    const [other] = printer.print([moduleOf([typeAlias('A', name('C'))], 'A')], options)
    expect(other?.text).toContain('type A = C;')
  })

  it('drops a removed module', () => {
    const printer = new Printer()
    printer.print([one()], { importExtension: '.ts' })
    expect(printer.print([], { importExtension: '.ts' })).toEqual([])
  })

  const all: readonly (readonly [string, Statement])[] = [
    ['A', typeAlias('A', name('B'))],
    ['B', typeAlias('B', name('C'), 'A comment.')],
    ['C', interfaceOf('C', [property('c', code`${typeFrom('other', 'X')}`)])],
    ['D', typeAlias('D', objectType([property('d', name('C'))]))],
    ['E', typeAlias('E', name('D'))],
    ['F', code`export const F = 1;`],
  ]
  const made = (order: string): Module => {
    const chosen = [...order].map((one) => all.find(([called]) => called === one) ?? raise(one))
    const statements = chosen.map(([, statement]) => statement)
    return moduleOf(statements, ...order)
  }
  const raise = (what: string): never => {
    throw new Error(what)
  }

  it('prints the same as a new one, whichever statements differ', () => {
    const printer = new Printer()
    const options = { importExtension: '.ts' } as const
    const orders =
      'ABCDEF ABDEF ABCDEF BCDEF ACBDEF ABCDFE ABCEF F AF ABF FEDCBA FEDABC A ABCDEF BADCFE'
    for (const order of orders.split(' ')) {
      const [file] = printer.print([made(order)], options)
      expect(file).toEqual(new Printer().print([made(order)], options)[0])
    }
  })

  it('renames the import of a reused statement where the module declares its name', () => {
    const printer = new Printer()
    const options = { importExtension: '.ts' } as const
    const statement = interfaceOf('C', [property('c', code`${typeFrom('other', 'X')}`)])
    const [first] = printer.print([moduleOf([statement], 'C')], options)
    expect(first?.text).toContain('c: X;')
    const taken = moduleOf([statement, typeAlias('X', name('C'))], 'C', 'X')
    const [second] = printer.print([taken], options)
    expect(second?.text).toContain("import type { X as X2 } from 'other';")
    expect(second?.text).toContain('c: X2;')
  })

  it('checks changed statements like a whole module', () => {
    const printer = new Printer()
    const options = { importExtension: '.ts' } as const
    printer.print([made('ABCDEF')], options)
    const with$ = (statement: Statement): Module => ({
      ...made('ABCDEF'),
      statements: [...made('ABCDE').statements, statement],
    })
    const print = (statement: Statement): unknown => printer.print([with$(statement)], options)
    expect(() => print(typeAlias('F', smuggled('1; export type G = 2')))).toThrow('declares A, B')
    expect(() => print(typeAlias('F', smuggled('1; process.exit()')))).toThrow('declares nothing')
    expect(() => print(typeAlias('F', smuggled('{')))).toThrow('does not parse')
    expect(() => print(typeAlias('A', name('B')))).toThrow('instead of A, B, C, D, E, F')
    expect(printer.print([made('ABCDEF')], options)[0]?.text).toContain('const F = 1;')
  })
})
