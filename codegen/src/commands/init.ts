import { Command } from 'commander'
import { init } from '../init/init.ts'
import { EXIT, EXIT_CODES, type ExitCode, green, type Terminal } from './terminal.ts'

const HELP = `
Examples:
  $ lexwright init my-service && cd my-service
  $ npm install && npm run codegen && npm test
${EXIT_CODES}`

export function initCommand(terminal: Terminal): Command {
  return new Command('init')
    .description('Start a project with one lexicon, one handler and a test.')
    .argument('[folder]', 'where; nothing that is there is replaced', '.')
    .addHelpText('after', HELP)
    .action(async (folder: string) => terminal.exit(await runInit(folder, terminal)))
}

async function runInit(folder: string, terminal: Terminal): Promise<ExitCode> {
  const { status, files } = await init(folder)
  if (status === 'in-the-way') {
    const paths = files.map((path) => `  ${path}`).join('\n')
    terminal.err(
      `These files are there already:\n${paths}\nNothing was written. Name a folder for the project: lexwright init my-service.`,
    )
    return EXIT.problems
  }
  const enter = folder === '.' ? '' : `cd ${folder} && `
  terminal.out(green(terminal, `${files.length} files written to ${folder}.`))
  terminal.out(`Now: ${enter}npm install && npm run codegen && npm test`)
  return EXIT.ok
}
