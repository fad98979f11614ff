import { distance } from 'fastest-levenshtein'
import type { Environment } from './environment.ts'
import type { Problem } from './problems.ts'
import type { Setting } from './settings/setting.ts'
import { type SettingValues, settings } from './settings/settings.ts'
import { ValueError } from './value.ts'

/** The settings parsed from the environment. */
export interface ReadSettings {
  /** Complete only if there are no problems. */
  readonly values: SettingValues
  readonly problems: readonly Problem[]
}

/** Parses every setting by itself. An empty variable counts as not set. */
export function readSettings(env: Environment): ReadSettings {
  const values: Record<string, unknown> = {}
  const problems: Problem[] = []
  for (const [key, setting] of Object.entries<Setting>({ ...settings })) {
    const given = env[setting.name]?.trim()
    const text = given === undefined || given === '' ? setting.default : given
    if (text === undefined) continue
    try {
      values[key] = setting.read(text)
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
      problems.push({ name: setting.name, what: `${error.message}${quote(setting.name, text)}` })
    }
  }
  return { values: values as unknown as SettingValues, problems }
}

/** Quotes an invalid value, unless it could be or contain a secret. */
function quote(name: string, value: string): string {
  if (/SECRET|PASSWORD|PEPPER|KEY|URL|ADDRESS/.test(name)) return ''
  return `; it is ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)}`
}

/** Variables that look like settings but are not, each with a suggestion. */
export function unknownSettings(
  env: Environment,
): readonly { readonly name: string; readonly meant: string | undefined }[] {
  const known = Object.values<Setting>({ ...settings }).map(({ name }) => name)
  return Object.keys(env)
    .filter((name) => /^(?:PDS|ENTRYWAY)_/.test(name) && !known.some((each) => each === name))
    .map((name) => ({ name, meant: closest(name, known) }))
}

/** The known name that differs by one or two typing errors, if any. */
function closest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((each) => ({ each, distance: distance(name, each) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best !== undefined && best.distance <= 3 ? best.each : undefined
}
