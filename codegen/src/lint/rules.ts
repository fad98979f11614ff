import type { Rule } from './finding.ts'
import { METHOD_RULES } from './method-rules.ts'
import { NAME_RULES } from './name-rules.ts'
import { PERMISSION_RULES } from './permission-rules.ts'
import { SET_RULES } from './set-rules.ts'
import { STRUCTURE_RULES } from './structure-rules.ts'
import { VALUE_RULES } from './value-rules.ts'

/** Every rule, in the order of the documentation. */
export const RULES: readonly Rule[] = [
  ...METHOD_RULES,
  ...PERMISSION_RULES,
  ...NAME_RULES,
  ...STRUCTURE_RULES,
  ...VALUE_RULES,
  ...SET_RULES,
]
