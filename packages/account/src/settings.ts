/**
 * The part of the module that a program needs to read its own configuration, without loading the module:
 * `@lexwright/account/settings`.
 */

export { defaultLimits, type Limit, type LimitName, type Limits } from './limits/limits.ts'
