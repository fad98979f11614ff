import { Command } from 'commander'
import { nearest } from '../config/suggest.ts'
import { readSources } from '../parse/read-sources.ts'
import { invalid } from '../report/invalid.ts'
import { resolveModel } from '../resolve-model.ts'
import { addInputOptions, checkMatched, type InputFlags, resolveInput } from './input.ts'
import {
  EXIT,
  EXIT_CODES,
  type ExitCode,
  printJson,
  showReports,
  showWarnings,
  type Terminal,
  UsageError,
} from './terminal.ts'

const HELP = `
Examples:
  $ lexwright ir com.example.get        one document, as JSON
  $ lexwright ir                        all of them
${EXIT_CODES}`

export function irCommand(terminal: Terminal): Command {
  return addInputOptions(
    new Command('ir')
      .description('Print the resolved model of documents as JSON.')
      .argument('[nsid...]', 'documents to print (default: all)'),
    { isRepeated: true },
  )
    .addHelpText('after', HELP)
    .action(async (nsids: readonly string[], flags: InputFlags) =>
      terminal.exit(await runIr(nsids, flags, terminal)),
    )
}

async function runIr(
  nsids: readonly string[],
  flags: InputFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const { input } = await resolveInput(flags)
  const sources = await readSources(input)
  const { model, diagnostics, warnings, unmatched } = resolveModel(sources, input)
  showWarnings(terminal, invalid(warnings, sources))
  if (!model) {
    const report = invalid(diagnostics, sources)
    showReports(terminal, report.diagnostics, { ...report, ending: 'there is no model.' })
    return EXIT.problems
  }
  checkMatched(unmatched)
  if (nsids.length === 0) {
    printJson(terminal, model, 2)
    return EXIT.ok
  }
  const found = nsids.map((nsid) => {
    const document = model.documents.find((candidate) => candidate.nsid === nsid)
    if (document) return document
    const guess = nearest(
      nsid,
      model.documents.map((candidate) => candidate.nsid),
    )
    const hint = guess === undefined ? '' : ` Did you mean ${guess}?`
    throw new UsageError(`There is no document ${nsid}.${hint}`)
  })
  printJson(terminal, found.length === 1 ? found[0] : found, 2)
  return EXIT.ok
}
