/**
 * `@lexwright/account/settings`: for programs that read their own configuration without loading the
 * whole module.
 */

export { defaultLimits, type Limit, type LimitName, type Limits } from './limits/limits.ts'
