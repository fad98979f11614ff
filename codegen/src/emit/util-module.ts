import { StructureKind } from 'ts-morph'
import { code } from './code.ts'
import type { Module } from './module.ts'
import { RUNTIME } from './runtime-symbols.ts'

//= export { type $Typed, is$typed, … } from '@lexwright/xrpc/codegenv1';
/** `util.ts`: the names of lex-cli's module, from the runtime instead of a copy in every project. */
export function emitUtilModule(): Module {
  const types = [
    ...[code`$Type`, code`$Typed`, code`$TypedObject`, code`$Unknown`],
    ...[code`OmitKey`, code`Un$Typed`],
  ]
  const validators = [code`Validator`, code`ValidatorParam`]
  const values = [code`asPredicate`, code`is$typed`, code`maybe$typed`, code`unknown$typed`]
  return {
    path: 'util',
    about: 'nothing but the version of the generator',
    declares: [],
    statements: [
      {
        kind: StructureKind.ExportDeclaration,
        namedExports: [
          ...[...types, ...validators].map((name) => ({ name, isTypeOnly: true })),
          ...values.map((name) => ({ name })),
        ],
        moduleSpecifier: RUNTIME,
      },
    ],
  }
}
