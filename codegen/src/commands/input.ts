import { type Command, InvalidArgumentError, Option } from 'commander'
import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { isPattern } from '../select/pattern.ts'
import { UsageError } from './terminal.ts'

/** The options of every command that reads lexicons; defaults come from the configuration. */
export interface InputFlags {
  readonly lexicons?: readonly string[]
  readonly overlays?: readonly string[]
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  readonly import?: readonly (readonly [pattern: string, name: string])[]
  readonly strictPaths?: boolean
  readonly skipInvalid?: boolean
  readonly omitDescriptions?: boolean
  readonly config?: string
  readonly json?: boolean
}

/** Input of a run: flags, configuration and defaults combined. */
export interface Input {
  readonly lexicons: readonly string[]
  readonly overlays?: readonly string[]
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  readonly packages?: readonly { readonly pattern: string; readonly package: string }[]
  readonly strictPaths?: boolean
  readonly skipInvalid?: boolean
  readonly omitDescriptions?: boolean
}

/** With `isRepeated`, an option takes one value and can be repeated, since the command also takes arguments. */
export function addInputOptions(
  command: Command,
  { isRepeated = false }: { readonly isRepeated?: boolean } = {},
): Command {
  const several = (name: string): string => (isRepeated ? `<${name}>` : `<${name}...>`)
  return command
    .addOption(
      new Option(
        `-l, --lexicons ${several('folder')}`,
        'folders with lexicon documents, documents, or installed packages: npm:@atproto/api (default: lexicons)',
      ).argParser(collect(aPath)),
    )
    .addOption(
      new Option(
        `--overlays ${several('folder')}`,
        'folders with JSON merge patches, named after the NSID they change (default: "overlays" in each lexicon folder)',
      ).argParser(collect(aPath)),
    )
    .addOption(
      new Option(
        `--include ${several('nsid')}`,
        'only these documents and what they refer to; com.example.* means all below',
      ).argParser(collect(pattern)),
    )
    .addOption(
      new Option(
        `--exclude ${several('nsid')}`,
        'exclude these, unless a selected document refers to them',
      ).argParser(collect(pattern)),
    )
    .addOption(
      new Option(
        `--import ${several('nsid=package')}`,
        'import generated modules from a package: com.example.*=@example/lexicons',
      ).argParser(collect(mapping)),
    )
    .option('--strict-paths', 'refuse documents that are not at the path of their id')
    .option('--skip-invalid', 'leave out documents with problems, and those that need them')
    .option('--omit-descriptions', 'leave out the descriptions of documents from packages')
    .option('--config <file>', 'configuration (default: lexwright.config.json, or package.json)')
}

/** Reads the configuration and applies the flags to it. */
export async function resolveInput(
  flags: InputFlags,
): Promise<{ readonly input: Input; readonly config: Config }> {
  const config = await loadConfig(flags.config)
  const overlays = flags.overlays ?? config.overlays
  const include = flags.include ?? config.include
  const exclude = flags.exclude ?? config.exclude
  const imports = flags.import ?? (config.import && Object.entries(config.import))
  const input = {
    lexicons: flags.lexicons ?? config.lexicons ?? ['lexicons'],
    ...(overlays && { overlays }),
    ...(include && { include }),
    ...(exclude && { exclude }),
    ...(imports && { packages: imports.map(([key, name]) => ({ pattern: key, package: name })) }),
    strictPaths: flags.strictPaths ?? config.strictPaths ?? false,
    skipInvalid: flags.skipInvalid ?? config.skipInvalid ?? false,
    omitDescriptions: flags.omitDescriptions ?? config.omitDescriptions ?? false,
  }
  return { input, config }
}

/** Throws for patterns of --include and --exclude that match no document: probably misspelt. */
export function checkMatched(unmatched: readonly string[]): void {
  if (unmatched.length === 0) return
  throw new UsageError(
    `No document matches ${unmatched.join(', ')}. Correct --include or --exclude.`,
  )
}

function collect<T>(parse: (text: string) => T): (text: string, earlier?: T[]) => T[] {
  return (text, earlier = []) => [...earlier, parse(text)]
}

/** Refuses an empty path, which would be the working folder: a script may have lost a variable. */
export function aPath(text: string): string {
  if (text === '') throw new InvalidArgumentError('Write . for the working folder.')
  return text
}

function pattern(text: string): string {
  if (!isPattern(text)) throw new InvalidArgumentError('Write an NSID, or one that ends in ".*".')
  return text
}

function mapping(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  const [key, name] = [text.slice(0, at), text.slice(at + 1)]
  if (at < 1 || name === '' || !isPattern(key)) {
    throw new InvalidArgumentError('Write it like com.example.*=@example/lexicons.')
  }
  return [key, name]
}
