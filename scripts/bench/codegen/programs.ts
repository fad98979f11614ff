import { join, relative } from 'node:path'

/** Folders of one benchmark run. */
export interface Folders {
  readonly lexicons: string
  readonly out: string
  /** A folder for configuration files. */
  readonly scratch: string
}

/** A generator as a command line, as its users run it. */
export interface Program {
  readonly name: string
  /** Arguments after `node`. */
  arguments(folders: Folders): readonly string[]
  /** Files it reads besides the lexicons, by path below `scratch`. */
  files?(folders: Folders): Readonly<Record<string, string>>
  /** Answer to its prompt, on standard input. */
  readonly answer?: string
  /** True if it takes so long that one round must suffice. */
  readonly slow?: true
}

/** The path of a file in a package that only the benchmarks install. */
export const installed = (...path: readonly string[]): string =>
  join(import.meta.dirname, '..', 'node_modules', ...path)

export function lexwright(cli: string): Program {
  return {
    name: '`lexwright generate`',
    arguments: ({ lexicons, out }) => [cli, 'generate', '-l', lexicons, '-o', out],
  }
}

export const PEERS: readonly Program[] = [
  {
    name: '`@atcute/lex-cli generate`',
    arguments: ({ scratch }) => [
      installed('@atcute', 'lex-cli', 'cli.mjs'),
      'generate',
      '-c',
      join(scratch, 'lex.config.js'),
    ],
    files: ({ lexicons, out, scratch }) => {
      const files = [`${relative(scratch, lexicons)}/**/*.json`]
      const config = { generate: { files, outdir: relative(scratch, out) } }
      return { 'lex.config.js': `export default ${JSON.stringify(config)}\n` }
    },
  },
  {
    name: '`@atproto/lex build`',
    arguments: ({ lexicons, out }) => [
      installed('@atproto', 'lex', 'bin', 'lex'),
      'build',
      '--lexicons',
      lexicons,
      '--out',
      out,
      '--clear',
    ],
    slow: true,
  },
  {
    name: '`@atproto/lex-cli gen-server`',
    arguments: ({ lexicons, out }) => [
      installed('@atproto', 'lex-cli', 'bin.js'),
      'gen-server',
      '--yes',
      out,
      lexicons,
    ],
    answer: 'y\n',
    slow: true,
  },
]
