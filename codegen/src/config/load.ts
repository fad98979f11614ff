import { dirname, join, relative } from 'node:path'
import { packageNameOf } from '../packages/read-package.ts'
import { readText, whyUnreadable } from '../parse/read-text.ts'
import type { Report } from '../report/render.ts'
import { type Config, checkConfig } from './schema.ts'

const CONFIG_FILE = 'lexwright.config.json'

/** A configuration that cannot be used; nothing has been read or written yet. */
export class ConfigError extends Error {
  readonly problems: readonly Report[]
  readonly texts: ReadonlyMap<string, string>

  constructor(problems: readonly Report[], texts: ReadonlyMap<string, string>) {
    super(problems.map(({ message }) => message).join(' '))
    this.name = 'ConfigError'
    this.problems = problems
    this.texts = texts
  }
}

/** The files that may contain the configuration, existing or not. */
export function configFiles(named?: string): readonly string[] {
  return named === undefined ? [CONFIG_FILE, 'package.json'] : [named]
}

/**
 * Reads `lexwright.config.json` or the key `lexwright` of `package.json` in the working directory, or the given
 * file. Returns paths relative to the working directory. Throws {@link ConfigError}.
 */
export async function loadConfig(named?: string): Promise<Config> {
  if (named !== undefined) return await readConfig(named, readIfThere(named, true))
  const own = readIfThere(CONFIG_FILE)
  const manifest = readIfThere('package.json')
  const inManifest = manifest === undefined ? undefined : manifestKey(manifest)
  if (own !== undefined && inManifest !== undefined) {
    const message = `There is a ${CONFIG_FILE} and a key "lexwright" in package.json.`
    throw failure(CONFIG_FILE, { message, help: 'Keep one of them.', text: own })
  }
  if (own !== undefined) return await readConfig(CONFIG_FILE, own)
  if (inManifest === undefined || manifest === undefined) return {}
  return check(inManifest, { file: 'package.json', text: manifest, prefix: ['lexwright'] })
}

async function readConfig(file: string, text = ''): Promise<Config> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const message = `This is not JSON: ${(error as Error).message}`
    throw failure(file, { message, help: 'Correct the JSON.', text })
  }
  const inside = file.endsWith('package.json')
  return inside
    ? check(manifestKey(text) ?? {}, { file, text, prefix: ['lexwright'] })
    : check(value, { file, text, prefix: [] })
}

function check(
  value: unknown,
  { file, text, prefix }: { file: string; text: string; prefix: string[] },
): Config {
  const { config, problems } = checkConfig(value, file, prefix)
  if (!config) throw new ConfigError(problems, new Map([[file, text]]))
  const folder = dirname(file)
  const here = (path: string): string =>
    folder === '.' || packageNameOf(path) !== undefined ? path : relative('', join(folder, path))
  return {
    ...config,
    ...(config.lexicons && { lexicons: config.lexicons.map(here) }),
    ...(config.overlays && { overlays: config.overlays.map(here) }),
    ...(config.out !== undefined && { out: here(config.out) }),
    ...(config.docsOut !== undefined && { docsOut: here(config.docsOut) }),
  }
}

/** Leaves malformed manifests to npm. */
function manifestKey(text: string): unknown {
  try {
    return (JSON.parse(text) as { lexwright?: unknown } | null)?.lexwright
  } catch {
    return undefined
  }
}

function readIfThere(file: string, needed = false): string | undefined {
  try {
    return readText(file)
  } catch (error) {
    if (!needed && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const message = `Cannot read ${file}: ${whyUnreadable(error)}.`
    throw failure(file, {
      message,
      help: 'The configuration must be a regular JSON file.',
      text: '',
    })
  }
}

function failure(
  file: string,
  about: { message: string; help: string; text: string },
): ConfigError {
  const { message, help, text } = about
  const problem = { code: 'invalid-config', message, help, at: { file, path: [] } }
  return new ConfigError([problem], new Map([[file, text]]))
}
