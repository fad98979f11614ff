import type { Reader } from '../value.ts'

/** One environment variable: what `--help` and the README say of it, and how it is read. */
export interface Setting {
  readonly name: `${'PDS' | 'ENTRYWAY'}_${string}`
  readonly description: string
  readonly read: Reader<unknown>
  /** The text that is read when the variable is not set. */
  readonly default?: string
  /** Without a default: what happens when the variable is not set. */
  readonly otherwise?: string
  /** Required in production, generated in development. */
  readonly secret?: true
}

/** A setting that gives a value of a type. It has a default exactly if the value cannot be missing. */
export type SettingOf<Value> = Omit<Setting, 'read'> & {
  readonly read: Reader<Exclude<Value, undefined>>
} & (undefined extends Value ? { readonly otherwise: string } : { readonly default: string })

/** The settings that give a group of values. */
export type SettingsOf<Values> = { readonly [Key in keyof Values]-?: SettingOf<Values[Key]> }
