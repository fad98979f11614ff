import { Command } from 'commander'
import { init } from '../init/init.ts'
import { aPath } from './input.ts'
import { EXIT, EXIT_CODES, type ExitCode, green, type Terminal } from './terminal.ts'

const HELP = `
Examples:
  $ lexwright init my-service && cd my-service
  $ npm install && npm run codegen && npm test
  $ lexwright init my-service --from ../lexwright/packed
${EXIT_CODES}`

export function initCommand(terminal: Terminal): Command {
  return new Command('init')
    .description('Start a project with one lexicon, one handler and a test.')
    .argument('[folder]', 'the new folder; existing files are not replaced', aPath, '.')
    .option('--from <folder>', 'install lexwright from tarballs that `npm run pack` wrote')
    .addHelpText('after', HELP)
    .action(async (folder: string, { from }: InitOptions) =>
      terminal.exit(await runInit(folder, from, terminal)),
    )
}

interface InitOptions {
  readonly from?: string
}

async function runInit(
  folder: string,
  from: string | undefined,
  terminal: Terminal,
): Promise<ExitCode> {
  const { status, files } = await init(folder, from)
  if (status === 'not-packed') {
    const paths = files.map((path) => `  ${path}`).join('\n')
    terminal.err(
      `These packages are missing:\n${paths}\nNothing was written. Make them with npm run pack, in a clone of Lexwright.`,
    )
    return EXIT.problems
  }
  if (status === 'in-the-way') {
    const paths = files.map((path) => `  ${path}`).join('\n')
    terminal.err(
      `These files already exist:\n${paths}\nNothing was written. Name a folder for the project: lexwright init my-service.`,
    )
    return EXIT.problems
  }
  const enter = folder === '.' ? '' : `cd ${forShell(folder)} && `
  terminal.out(green(terminal, `${files.length} files written to ${folder}.`))
  terminal.out(`Now: ${enter}npm install && npm run codegen && npm test`)
  return EXIT.ok
}

/** A path as one word of a shell. */
function forShell(path: string): string {
  return /^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
