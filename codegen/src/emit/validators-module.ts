import type { DocumentModel, Model } from '../ir/model.ts'
import type { ImportedSymbol } from './code.ts'
import { block, Code, code, indent, join, name } from './code.ts'
import { local, type Module } from './module.ts'
import { runtime } from './runtime-symbols.ts'
import { LIKE_THE_LIBRARY, type Strictness } from './strictness.ts'
import { TypeGraph } from './validator-graph.ts'
import { ValidatorWriter } from './validator-writer.ts'

type Table = 'params' | 'input' | 'output' | 'message' | 'records' | 'definitions'
const TABLES: readonly Table[] = ['params', 'input', 'output', 'message', 'records', 'definitions']

/**
 * `validators.ts`: one function per definition and body, and the table in which `lexicons` looks them up. A single
 * module loads many times faster than one per document, and bundlers drop unused functions.
 */
export function emitValidatorsModule(
  model: Model,
  strict: Strictness = LIKE_THE_LIBRARY,
): ValidatorsModule {
  const { documents } = model
  const asked = JSON.stringify(strict)
  const same = latest?.asked === asked && validateAlike(latest.documents, documents)
  const result = latest && same ? latest.result : validatorsModule(model, strict)
  latest = { documents, asked, result }
  return result
}

/**
 * The last module written, with its input: most edits of a document under `--watch` do not change
 * validators.
 */
let latest:
  | {
      readonly documents: readonly DocumentModel[]
      readonly asked: string
      readonly result: ValidatorsModule
    }
  | undefined

function validateAlike(a: readonly DocumentModel[], b: readonly DocumentModel[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, index) => {
      const other = b[index]
      return one === other || (other && validatedOf(one) === validatedOf(other))
    })
  )
}

/**
 * A text that is equal for documents with the same validators, such as those that differ only in descriptions.
 */
function validatedOf({ nsid, alias, definitions, method, source }: DocumentModel): string {
  const schemas = Object.entries(source.defs).map(([definition, schema]) => [
    definition,
    schema.type,
    'properties' in schema,
  ])
  // Here a property is the value of a key `name`, so a property named "description" stays.
  return JSON.stringify([nsid, alias, definitions, method, schemas], (key, value) =>
    key === 'description' ? undefined : value,
  )
}

function validatorsModule(model: Model, strict: Strictness): ValidatorsModule {
  const writer = new ValidatorWriter(new TypeGraph(model, strict), ['validators'])
  const tables = Object.fromEntries(TABLES.map((table) => [table, [] as Code[]])) as Record<
    Table,
    Code[]
  >
  const functions = new Map<string, ImportedSymbol>()
  for (const document of model.documents) {
    for (const { table, uri, validator } of validatorsOf(document, writer)) {
      functions.set(`${table} ${document.nsid}`, symbolOf(validator))
      tables[table].push(code`${uri}, ${validator},`)
    }
  }
  const module = {
    path: 'validators',
    about: 'all documents',
    declares: ['validators', ...writer.names],
    statements: [...writer.functions, tableOf(tables)],
  }
  return { module, bodyOf: (table, nsid) => functions.get(`${table} ${nsid}`) }
}

/** The function named by a validator's code: one of this module, or a check of the runtime. */
function symbolOf({ parts: [only] }: Code): ImportedSymbol {
  if (typeof only === 'string') return local('validators', only)
  if (!only || only instanceof Code || only.kind === 'global') {
    throw new Error('A validator is named by one symbol.')
  }
  return only
}

export interface ValidatorsModule {
  readonly module: Module
  /** The function for one body of a method, for modules that check only that body. */
  bodyOf(table: 'output' | 'message', nsid: string): ImportedSymbol | undefined
}

interface Entry {
  readonly table: Table
  readonly uri: string
  readonly validator: Code
}

function validatorsOf(document: DocumentModel, writer: ValidatorWriter): Entry[] {
  const { nsid, alias, method } = document
  const entries: Entry[] = []
  for (const { kind, name: definition, type, uri } of document.definitions) {
    if ((kind !== 'object' && kind !== 'record') || type.type !== 'object') continue
    const validator = writer.definition({ nsid, name: definition }, type)
    entries.push({ table: 'definitions', uri, validator })
    if (kind === 'record') entries.push({ table: 'records', uri, validator })
  }
  if (!method) return entries
  const add = (table: Table, validator: Code): void => {
    entries.push({ table, uri: nsid, validator })
  }
  if (method.parameters) add('params', writer.parameters(`${alias}$params`, method.parameters))
  if (method.input?.schema) add('input', writer.body(`${alias}$input`, method.input.schema))
  if (method.output?.schema) add('output', writer.body(`${alias}$output`, method.output.schema))
  if (method.message) add('message', writer.body(`${alias}$message`, method.message))
  return entries
}

//= export const validators: CompiledValidators = {
//=   params: () => [
//=     'com.example.get', ComExampleGet$params,
//=   ],
//=   …
//= };
function tableOf(tables: Record<Table, readonly Code[]>): Code {
  const members = TABLES.map((table) => {
    const entries = join(
      tables[table].map((entry) => code`\n${entry}`),
      '',
    )
    const list = tables[table].length === 0 ? code`[]` : code`[${indent(entries)}\n]`
    return code`${name(table)}: () => ${list},`
  })
  return code`export const validators: ${runtime.CompiledValidators} = ${block(members)};`
}
