import { cp, lstat, mkdir } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { run } from '../../../packages/run.ts'
import type { Dockerfile, Instruction, Stage } from './dockerfile.ts'

/**
 * Does what a Dockerfile says without a container engine: a stage is a folder, and a command runs in its working
 * directory there. A command that names an absolute path would leave the folder, so it is refused.
 *
 * @param context what may be copied
 * @returns the folder of the last stage
 */
export async function buildStages(
  { stages }: Dockerfile,
  context: string,
  scratch: string,
): Promise<string> {
  const folders = new Map<string, string>()
  let folder = scratch
  for (const [index, stage] of stages.entries()) {
    folder = join(scratch, stage.name ?? `stage-${index}`)
    await mkdir(folder)
    const base = folders.get(stage.from)
    if (base !== undefined) await copy(base, folder)
    await buildStage(stage, { folder, context, folders })
    if (stage.name !== undefined) folders.set(stage.name, folder)
  }
  return folder
}

interface Surroundings {
  readonly folder: string
  readonly context: string
  /** Of the stages that are built, by name. */
  readonly folders: ReadonlyMap<string, string>
}

async function buildStage(stage: Stage, surroundings: Surroundings): Promise<void> {
  // A stage begins where the one it starts from ended; all of ours work in the same place.
  let directory = '/app'
  for (const instruction of stage.instructions) {
    if (instruction.keyword === 'WORKDIR') directory = instruction.text
    else if (instruction.keyword === 'COPY') await copyFiles(instruction, directory, surroundings)
    else if (instruction.keyword === 'RUN') await runCommand(instruction, directory, surroundings)
  }
}

async function runCommand(
  { text, line }: Instruction,
  directory: string,
  { folder }: Surroundings,
): Promise<void> {
  if (/(^|[\s=])\//.test(text)) throw new Error(`Dockerfile:${line}: names an absolute path`)
  const cwd = join(folder, directory)
  await mkdir(cwd, { recursive: true })
  await run('sh', ['-ec', text], { cwd, env: buildEnvironment() })
}

/** What npm needs to reach a registry. */
const NETWORK =
  /^(HOME|TMPDIR|(https?|no)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|npm_config_registry)$/i

/** The image's Node is the one that runs this. */
function buildEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => NETWORK.test(name))
  const path = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':')
  return { ...Object.fromEntries(kept), PATH: path }
}

async function copyFiles(
  { text, flags }: Instruction,
  directory: string,
  { folder, context, folders }: Surroundings,
): Promise<void> {
  const from = flags.from === undefined ? context : folders.get(flags.from)
  if (from === undefined) throw new Error(`there is no stage ${flags.from}`)
  const words = text.split(' ')
  const destination = words.at(-1) ?? ''
  const target = join(folder, isAbsolute(destination) ? '' : directory, destination)
  for (const word of words.slice(0, -1)) {
    const source = join(from, word)
    // A folder's contents are copied, a file goes into what ends with a slash.
    const isFolder = (await lstat(source)).isDirectory()
    const name =
      !isFolder && destination.endsWith('/') ? join(target, word.split('/').at(-1) ?? '') : target
    await mkdir(isFolder ? name : dirname(name), { recursive: true })
    await copy(source, name)
  }
}

/** Links stay links, as they are. */
async function copy(source: string, target: string): Promise<void> {
  await cp(source, target, { recursive: true, verbatimSymlinks: true, force: true })
}
