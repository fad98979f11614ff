import { code } from './code.ts'
import type { Module } from './module.ts'

/** `util.ts`: the names lex-cli has there, from the runtime instead of copied into every project. */
export function emitUtilModule(): Module {
  return {
    path: 'util',
    about: 'nothing but the version of the generator',
    declares: [],
    statements: [
      code`export {
  type $Type,
  type $Typed,
  type $TypedObject,
  asPredicate,
  is$typed,
  maybe$typed,
  type OmitKey,
  type Un$Typed,
  type Validator,
  type ValidatorParam,
} from '@lexwright/xrpc/codegenv1'`,
    ],
  }
}
