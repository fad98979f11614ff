/**
 * What a program needs to know of the module to read its own configuration, without loading the module:
 * `@lexwright/account/settings`.
 */

export { defaultLimits, type Limit, type LimitName, type Limits } from './limits/limits.ts'
