import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CONFIG_KEYS, checkConfig } from '../../codegen/src/config/schema.ts'
import { runPipeline } from '../../codegen/src/pipeline.ts'
import { compareOutput, type Learned, substitute } from './expectation.ts'
import { type FolderKind, type Installation, makeFolder } from './folders.ts'
import { type Block, readBlocks, readSteps } from './markdown.ts'
import { choosePorts, type Ports } from './ports.ts'
import { openShell, type Shell } from './shell.ts'

/** What came of the blocks of a document. */
export interface DocumentReport {
  readonly executed: number
  /** Blocks that are marked as not run, and why. */
  readonly notRun: readonly string[]
  /** TypeScript files to be type-checked. */
  readonly modules: readonly string[]
}

export interface World {
  /** A folder that is gone after the test. */
  readonly scratch: string
  readonly installation: Installation
  /** Further variables for shells. */
  readonly env: NodeJS.ProcessEnv
}

/**
 * Does what a document says, from top to bottom, and compares what comes of it with what the document shows.
 *
 * @throws with the place in the document.
 */
export async function runDocument(
  document: string,
  markdown: string,
  world: World,
): Promise<DocumentReport> {
  const blocks = readBlocks(document, markdown)
  const reader = createReader(document, await choosePorts(markdown), world)
  const notRun: string[] = []
  let executed = 0
  try {
    for (const block of blocks) {
      const place = `${block.document}:${block.line}`
      const reason = block.directives.get('not run')
      if (reason !== undefined) {
        notRun.push(`${place} (${block.language}): ${reason}`)
        continue
      }
      await reader.read(block).catch((cause: Error) => {
        throw new Error(`${place} (${block.language}): ${cause.message}`, { cause })
      })
      executed++
    }
  } finally {
    await reader.close()
  }
  return { executed, notRun, modules: reader.modules }
}

interface Reader {
  readonly modules: readonly string[]
  read(block: Block): Promise<void>
  close(): Promise<void>
}

/** Time for a program to come up. */
const START_MS = 300_000
/** Time for what happens in the background, such as a mail that is sent. */
const PATIENCE_MS = 30_000
/** Commands that only look: a reader tries them again. */
const LOOKS = /^(grep|cat|ls)\b/

function createReader(
  document: string,
  ports: Ports,
  { scratch, installation, env }: World,
): Reader {
  const learned: Learned = new Map()
  const modules: string[] = []
  let folders = 0
  let folder = ''
  let shell: Shell | undefined
  let lastOutput = ''

  const enter = async (kind: FolderKind): Promise<void> => {
    await shell?.close()
    const own = join(scratch, document.replaceAll(/[/.]/g, '-'))
    const name = `${own}-${++folders}`
    folder = join(name, 'work')
    await makeFolder(kind, folder, installation)
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

  const perform = async (command: string, exit: number, shown?: string): Promise<void> => {
    const deadline = Date.now() + PATIENCE_MS
    for (;;) {
      const { output, exitCode } = await open().run(prepare(command))
      lastOutput = ports.leave(output)
      const problem = exitCode === exit ? complaint(shown, lastOutput, learned) : undefined
      if (exitCode === exit && problem === undefined) return
      if (!LOOKS.test(command) || Date.now() > deadline) {
        const fault = problem ?? `ended with ${exitCode}:\n${output}`
        throw new Error(`$ ${command}\n${fault}`)
      }
      await delay(200)
    }
  }

  const start = async (commands: string, sign: string): Promise<void> => {
    const printed = await open().start(prepare(commands))
    const expected = ports.enter(sign)
    for (const deadline = Date.now() + START_MS; ; await delay(100)) {
      if (await isUp(expected, printed)) break
      if (Date.now() > deadline) throw new Error(`$ ${commands}\ndid not come up:\n${printed()}`)
    }
    lastOutput = ports.leave(printed())
  }

  const writeTo = async (path: string, text: string): Promise<void> => {
    const [name = '', how] = path.split(/,\s*/)
    const file = join(await here(), name)
    await mkdir(dirname(file), { recursive: true })
    if (how === 'continued') await appendFile(file, `\n${text}\n`)
    else await writeFile(file, `${text}\n`)
    if (/\.tsx?$/.test(name) && !modules.includes(file)) modules.push(file)
  }

  const read = async (block: Block): Promise<void> => {
    const { directives, language, line } = block
    const kind = directives.get('folder')
    if (kind !== undefined || shell === undefined) await enter((kind ?? 'linked') as FolderKind)
    const hidden = directives.get('hidden')
    if (hidden !== undefined) await perform(hidden, 0)
    const file = directives.get('file')
    const text = language === 'json' ? block.text : ports.enter(block.text)
    if (language === 'json') checkJson(block.text, file !== undefined)
    if (file !== undefined) return writeTo(file, text)

    switch (language) {
      case 'sh': {
        const sign = directives.get('stays up')
        if (sign !== undefined) return start(block.text, sign)
        const steps = readSteps(block.text)
        for (const [index, { command, output }] of steps.entries()) {
          const exit = index === steps.length - 1 ? Number(directives.get('exit') ?? 0) : 0
          await perform(command, exit, output)
        }
        return
      }
      case 'ts': {
        const given = directives.get('given')
        return writeTo(`block-${line}.ts`, given === undefined ? text : `${given}\n${text}`)
      }
      case 'json':
        return
      case 'text': {
        const command = directives.get('output of')
        if (command !== undefined) {
          return perform(command, Number(directives.get('exit') ?? 0), block.text)
        }
        const problem = compareOutput(block.text, lastOutput, learned)
        if (problem !== undefined) throw new Error(`the output ${problem}`)
        return
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
    close: async () => shell?.close(),
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
  // curl ends with 0 whatever the server says.
  return /^\{"error":/m.test(output) ? `printed ${output}` : undefined
}

async function isUp(sign: string, printed: () => string): Promise<boolean> {
  if (!sign.startsWith('http')) return printed().includes(sign)
  return await fetch(sign).then(
    ({ status }) => status < 500,
    () => false,
  )
}

/**
 * Configurations have to be accepted, and lexicon documents to be sound; those that become a file may need others,
 * which the commands that follow find out.
 */
function checkJson(text: string, isFile: boolean): void {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null) return
  if ('lexicon' in value && 'id' in value) {
    if (isFile) return
    const name = String(value.id).replaceAll('.', '/')
    const documents = [{ path: `lexicons/${name}.json`, name, text }]
    const { diagnostics } = runPipeline({ documents, overlays: [] }, { importExtension: '.ts' })
    const [first] = diagnostics
    if (first !== undefined) throw new Error(`${first.code}: ${first.message}`)
  } else if (Object.keys(value).every((key) => key in CONFIG_KEYS)) {
    const [problem] = checkConfig(value, 'lexwright.config.json', []).problems
    if (problem !== undefined) throw new Error(problem.message)
  }
}
