import type { DocumentModel, Model } from '../ir/model.ts'
import { referencesOf } from '../ir/references.ts'
import { docs } from './code.ts'
import { emitDefinition } from './definition.ts'
import { emitMethod } from './method.ts'
import { type Module, together } from './module.ts'
import { keepOrMake, type Remembered } from './remembered.ts'
import type { Targets } from './targets.ts'
import { documentsOf, TypeWriter } from './type-expression.ts'
import type { TypeStyle } from './type-style.ts'
import type { ValidatorsModule } from './validators-module.ts'

/** The module of one document: its types, guards, validators, error classes and method types. */
export function emitTypesModule(document: DocumentModel, context: Context): Module {
  const inputs = dependencies(document, context)
  const entry = keepOrMake(known.get(document), inputs, () => typesModule(document, context))
  known.set(document, entry)
  return entry.made
}

interface Context {
  readonly model: Model
  readonly validators: ValidatorsModule
  readonly targets: Targets
  readonly style: TypeStyle
}

/** Modules from earlier runs: most documents do not change between two runs. */
const known = new WeakMap<DocumentModel, Remembered<Module>>()

/** Everything a module depends on besides its document. */
function dependencies(
  document: DocumentModel,
  { model, validators, targets, style }: Context,
): unknown[] {
  const documents = documentsOf(model)
  const references = referencesOf(document.source)
  const referenced = new Set(references.map(({ target }) => documents.get(target.nsid)))
  const { nsid } = document
  const functions = [validators.bodyOf('output', nsid), validators.bodyOf('message', nsid)]
  const names = functions.map((symbol) => symbol?.name)
  const { narrowUnions, formatTypes } = style
  return [targets.server, targets.client, narrowUnions, formatTypes, ...names, ...referenced]
}

function typesModule(document: DocumentModel, context: Context): Module {
  const { model, validators, targets, style } = context
  const { method, nsid } = document
  const types = new TypeWriter(model, document, style)
  const parts = [
    ...(method ? [emitMethod(method, { nsid, types, validators, targets })] : []),
    ...document.definitions.map((definition) => emitDefinition(definition, document, types)),
  ]
  return {
    path: document.module,
    about: document.nsid,
    docs: docs(document.description),
    ...together(parts),
  }
}
