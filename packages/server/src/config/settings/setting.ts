import type { Reader } from '../value.ts'

/** An environment variable: its documentation and its parser. */
export interface Setting {
  readonly name: `${'PDS' | 'ENTRYWAY'}_${string}`
  readonly description: string
  readonly read: Reader<unknown>
  /** The text to parse if the variable is not set. */
  readonly default?: string
  /** Without a default: what applies if the variable is not set. */
  readonly otherwise?: string
  /** Required in production, generated in development. */
  readonly secret?: true
}

/** A setting of a type. It has a default if and only if its value is required. */
export type SettingOf<Value> = Omit<Setting, 'read'> & {
  readonly read: Reader<Exclude<Value, undefined>>
} & (undefined extends Value ? { readonly otherwise: string } : { readonly default: string })

/** The settings of a group of values. */
export type SettingsOf<Values> = { readonly [Key in keyof Values]-?: SettingOf<Values[Key]> }
