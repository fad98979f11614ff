import { distance } from 'fastest-levenshtein'
import type { Environment } from './environment.ts'
import type { Problem } from './problems.ts'
import type { Setting } from './settings/setting.ts'
import { type SettingValues, settings } from './settings/settings.ts'
import { ValueError } from './value.ts'

/** The settings that could be read from the environment. */
export interface ReadSettings {
  /** Only complete when there are no problems. */
  readonly values: SettingValues
  readonly problems: readonly Problem[]
}

/** Reads every setting by itself. An empty variable counts as not set. */
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

/** Repeats a wrong value, unless it could be a secret or hold one. */
function quote(name: string, value: string): string {
  if (/SECRET|PASSWORD|PEPPER|KEY|URL|ADDRESS/.test(name)) return ''
  return `; it is ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)}`
}

/** Variables that look like settings and are none, each with the setting that was probably meant. */
export function unknownSettings(
  env: Environment,
): readonly { readonly name: string; readonly meant: string | undefined }[] {
  const known = Object.values<Setting>({ ...settings }).map(({ name }) => name)
  return Object.keys(env)
    .filter((name) => /^(?:PDS|ENTRYWAY)_/.test(name) && !known.some((each) => each === name))
    .map((name) => ({ name, meant: closest(name, known) }))
}

/** The name that differs by a slip or two, if there is one. */
function closest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((each) => ({ each, distance: distance(name, each) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best !== undefined && best.distance <= 3 ? best.each : undefined
}
