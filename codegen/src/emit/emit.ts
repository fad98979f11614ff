import type { Model } from '../ir/model.ts'
import { emitCallModules } from './client-calls.ts'
import { emitClientModule } from './client-module.ts'
import { withOutputNames } from './client-outputs.ts'
import { emitTypesModule } from './document-module.ts'
import { emitLexiconsModule } from './lexicons-module.ts'
import type { Module } from './module.ts'
import { emitServerModule } from './server-module.ts'
import { LIKE_THE_LIBRARY, type Strictness } from './strictness.ts'
import { BOTH, type Targets } from './targets.ts'
import { type TypeStyle, USUAL_STYLE } from './type-style.ts'
import { emitUtilModule } from './util-module.ts'
import { emitValidatorsModule } from './validators-module.ts'

export interface EmitOptions {
  readonly targets?: Targets
  readonly strict?: Partial<Strictness>
  readonly types?: Partial<TypeStyle>
  /** True to write `calls/` too, a module per method for the small client. */
  readonly calls?: boolean
}

/** Converts the resolved model to every module of the output, as data. */
export function emit(model: Model, options: EmitOptions = {}): Module[] {
  const { targets = BOTH } = options
  const strict = { ...LIKE_THE_LIBRARY, ...options.strict }
  const style = { ...USUAL_STYLE, ...options.types }
  const validators = emitValidatorsModule(model, strict)
  return [
    ...(targets.server ? [emitServerModule(model)] : []),
    ...(targets.client ? [emitClientModule(model)] : []),
    emitLexiconsModule(model, strict),
    options.calls ? withOutputNames(validators, model) : validators.module,
    emitUtilModule(),
    ...model.documents
      .filter((document) => document.package === undefined)
      .map((document) => emitTypesModule(document, { model, validators, targets, style })),
    ...(options.calls ? emitCallModules(model) : []),
  ]
}
