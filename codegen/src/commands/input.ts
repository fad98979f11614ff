import { type Command, InvalidArgumentError, Option } from 'commander'
import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { isPattern } from '../select/pattern.ts'

/** The options of every command that reads lexicons; what is absent comes from the configuration. */
export interface InputFlags {
  readonly lexicons?: readonly string[]
  readonly overlays?: readonly string[]
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  readonly import?: readonly (readonly [pattern: string, name: string])[]
  readonly config?: string
  readonly json?: boolean
}

/** What to read, with flags, configuration and defaults put together. */
export interface Input {
  readonly lexicons: readonly string[]
  readonly overlays?: readonly string[]
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  readonly packages?: readonly { readonly pattern: string; readonly package: string }[]
}

export function addInputOptions(command: Command): Command {
  return command
    .option('-l, --lexicons <folder...>', 'folders with lexicon documents (default: lexicons)')
    .option(
      '--overlays <folder...>',
      'folders with JSON merge patches, named after the NSID they change (default: "overlays" in each lexicon folder)',
    )
    .addOption(
      new Option(
        '--include <nsid...>',
        'only these documents and what they refer to; com.example.* means all below',
      ).argParser(collect(pattern)),
    )
    .addOption(
      new Option(
        '--exclude <nsid...>',
        'not these, unless a wanted document refers to them',
      ).argParser(collect(pattern)),
    )
    .addOption(
      new Option(
        '--import <nsid=package...>',
        'take generated modules from a package: com.example.*=@example/lexicons',
      ).argParser(collect(mapping)),
    )
    .option('--config <file>', 'configuration (default: lexwright.config.json, or package.json)')
}

/** Reads the configuration and lays the flags over it. */
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
  }
  return { input, config }
}

function collect<T>(parse: (text: string) => T): (text: string, earlier?: T[]) => T[] {
  return (text, earlier = []) => [...earlier, parse(text)]
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
