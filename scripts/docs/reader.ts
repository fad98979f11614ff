import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { writeDatabase } from '@lexwright/testing/postgres/kept-pglite'
import { checkJson } from './check-json.ts'
import { compareOutput, type Learned, substitute } from './expectation.ts'
import { type FolderKind, type Installation, makeFolder } from './folders.ts'
import { type Block, readSteps } from './markdown.ts'
import type { Ports } from './ports.ts'
import { openShell, type Shell } from './shell.ts'

/** Folder, shell and variables of a reader. */
export interface World {
  /** A folder that is deleted after the test. */
  readonly scratch: string
  readonly installation: Installation
  /** Additional variables for shells. */
  readonly env: NodeJS.ProcessEnv
}

/** Executes blocks in sequence, in the folders and terminals they require. */
export interface Reader {
  /** The TypeScript files written. */
  readonly modules: readonly string[]
  /** @returns differences between the results and what the block shows */
  read(block: Block): Promise<readonly string[]>
  close(): Promise<void>
}

/** Time for a program to start, in milliseconds. */
const START_MS = 300_000
/** Time for background work such as sending mail, in milliseconds. */
const PATIENCE_MS = 30_000
/** Commands without side effects, which a reader would retry. */
const LOOKS = /^(grep|cat|ls)\b/

export function createReader(
  document: string,
  ports: Ports,
  { scratch, installation, env }: World,
): Reader {
  const learned: Learned = new Map()
  const modules: string[] = []
  let folders = 0
  let folder = ''
  let shell: Shell | undefined
  /** Terminals whose programs keep running. */
  const beside: Shell[] = []
  let lastOutput = ''

  /** @param how `beside` to keep programs started in the previous folder running */
  const enter = async (kind: FolderKind, how?: string): Promise<void> => {
    if (how === 'beside' && shell !== undefined) beside.push(shell)
    else await shell?.close()
    const own = join(scratch, document.replaceAll(/[/.]/g, '-'))
    const name = `${own}-${++folders}`
    folder = join(name, 'work')
    await makeFolder(kind, folder, installation)
    // A ready database saves ten seconds of CPU time per document that starts the program.
    if (kind === 'repository') {
      await writeDatabase(join(folder, 'data', 'database'))
    }
    shell = openShell({
      folder,
      scratch: name,
      env: {
        ...installation.env,
        ...env,
        ...defaultPort('PDS_PORT', ports.of(2583)),
        ...defaultPort('PORT', ports.of(3000)),
      },
    })
  }
  const open = (): Shell => {
    if (shell === undefined) throw new Error('there is no folder')
    return shell
  }
  const here = async (): Promise<string> => (await open().run('pwd -P')).output.trim()
  const prepare = (text: string): string => substitute(ports.enter(text), learned)

  const perform = async (
    command: string,
    exit: number,
    shown?: string,
  ): Promise<readonly string[]> => {
    const deadline = Date.now() + PATIENCE_MS
    for (;;) {
      const { output, exitCode } = await open().run(prepare(command))
      lastOutput = ports.leave(output)
      const problem = exitCode === exit ? complaint(shown, lastOutput, learned) : undefined
      if (exitCode === exit && problem === undefined) return []
      if (!LOOKS.test(command) || Date.now() > deadline) {
        const fault = problem ?? `ended with ${exitCode}:\n${output}`
        return [`$ ${command}\n${fault}`]
      }
      await delay(200)
    }
  }

  const start = async (commands: string, sign: string): Promise<readonly string[]> => {
    const program = await open().start(prepare(commands))
    const expected = ports.enter(sign)
    for (const deadline = Date.now() + START_MS; ; await delay(100)) {
      lastOutput = ports.leave(program.output())
      if (await isUp(expected, program.output)) return []
      if (Date.now() > deadline || !program.isRunning()) {
        return [`$ ${commands}\ndid not come up:\n${lastOutput}`]
      }
    }
  }

  const writeTo = async (path: string, text: string): Promise<readonly string[]> => {
    const [name = '', how] = path.split(/,\s*/)
    const file = join(await here(), name)
    await mkdir(dirname(file), { recursive: true })
    if (how === 'continued') await appendFile(file, `\n${text}\n`)
    else await writeFile(file, `${text}\n`)
    if (/\.tsx?$/.test(name) && !modules.includes(file)) modules.push(file)
    return []
  }

  const read = async (block: Block): Promise<readonly string[]> => {
    const { directives, language, line } = block
    const [kind, how] = directives.get('folder')?.split(/,\s*/) ?? []
    if (kind !== undefined || shell === undefined) {
      await enter((kind ?? 'linked') as FolderKind, how)
    }
    const hidden = directives.get('hidden')
    if (hidden !== undefined) {
      const problems = await perform(hidden, 0)
      if (problems.length > 0) return problems
    }
    const file = directives.get('file')
    const text = language === 'json' ? block.text : ports.enter(block.text)
    if (language === 'json') checkJson(block.text, file !== undefined)
    if (file !== undefined) return writeTo(file, text)

    switch (language) {
      case 'sh': {
        const sign = directives.get('stays up')
        if (sign !== undefined) return start(block.text, sign)
        const steps = readSteps(block.text)
        const problems: string[] = []
        for (const [index, { command, output }] of steps.entries()) {
          const exit = index === steps.length - 1 ? Number(directives.get('exit') ?? 0) : 0
          problems.push(...(await perform(command, exit, output)))
        }
        return problems
      }
      case 'ts': {
        const given = directives.get('given')
        return writeTo(`block-${line}.ts`, given === undefined ? text : `${given}\n${text}`)
      }
      case 'json':
        return []
      case 'text': {
        const command = directives.get('output of')
        if (command !== undefined) {
          return perform(command, Number(directives.get('exit') ?? 0), block.text)
        }
        const problem = compareOutput(block.text, lastOutput, learned)
        return problem === undefined ? [] : [`the output ${problem}`]
      }
      default:
        throw new Error(
          `nothing executes ${language || 'a block without a language'}; mark it as not run`,
        )
    }
  }

  return {
    modules,
    read,
    close: async () => {
      for (const opened of [...beside, shell]) await opened?.close()
    },
  }
}

function defaultPort(name: string, port: number | undefined): NodeJS.ProcessEnv {
  return port === undefined ? {} : { [name]: String(port) }
}

function complaint(
  shown: string | undefined,
  output: string,
  learned: Learned,
): string | undefined {
  if (shown !== undefined) {
    const problem = compareOutput(shown, output.trim(), learned)
    return problem === undefined ? undefined : `the output ${problem}`
  }
  // curl exits with 0 whatever the server answers.
  return /^\{"error":/m.test(output) ? `printed ${output}` : undefined
}

async function isUp(sign: string, printed: () => string): Promise<boolean> {
  if (!sign.startsWith('http')) return printed().includes(sign)
  return await fetch(sign).then(
    ({ status }) => status < 500,
    () => false,
  )
}
