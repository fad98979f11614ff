import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Dockerfile as DockerfileAst,
  DockerfileParser,
  ModifiableInstruction,
} from 'dockerfile-ast'
import { ROOT } from '../../../packages/packages.ts'

/** One instruction; `ARG` and the like are left out where nothing needs them. */
export interface Instruction {
  /** In capitals. */
  readonly keyword: string
  readonly flags: Readonly<Record<string, string>>
  /** What follows the flags, on one line. */
  readonly text: string
  /** From 1. */
  readonly line: number
}

export interface Stage {
  /** The image or stage it starts from, with variables filled in. */
  readonly from: string
  /** Of `AS`; the last stage has none. */
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
}

export interface Dockerfile {
  readonly text: string
  readonly stages: readonly Stage[]
}

export async function readDockerfile(): Promise<Dockerfile> {
  const text = await readFile(join(ROOT, 'Dockerfile'), 'utf8')
  const defaults = new Map<string, string>()
  const stages: { from: string; name: string | undefined; instructions: Instruction[] }[] = []
  for (const found of DockerfileParser.parse(text).getInstructions()) {
    const instruction = toInstruction(found)
    if (instruction.keyword === 'ARG' && stages.length === 0) {
      const [name = '', value = ''] = instruction.text.split('=')
      defaults.set(name, value)
    } else if (instruction.keyword === 'FROM') {
      const [image = '', , name] = instruction.text.split(/\s+/)
      const from = image.replaceAll(/\$\{(\w+)\}/g, (_, variable) => defaults.get(variable) ?? '')
      stages.push({ from, name, instructions: [] })
    } else stages.at(-1)?.instructions.push(instruction)
  }
  return { text, stages }
}

function toInstruction(found: ReturnType<DockerfileAst['getInstructions']>[number]): Instruction {
  const flags = found instanceof ModifiableInstruction ? found.getFlags() : []
  return {
    keyword: found.getKeyword().toUpperCase(),
    flags: Object.fromEntries(flags.map((flag) => [flag.getName(), flag.getValue() ?? ''])),
    text: (found.getRawArgumentsContent() ?? '').replaceAll(/(?:\\?\s)+/g, ' ').trim(),
    line: (found.getRange()?.start.line ?? 0) + 1,
  }
}

/** The one instruction of that kind in a stage, the last if there are several. */
export function lastOf({ instructions }: Stage, keyword: string): Instruction | undefined {
  return instructions.findLast((instruction) => instruction.keyword === keyword)
}

/** A command as a list of words, when it is written as one. */
export function wordsOf(text: string): readonly string[] | undefined {
  try {
    const words: unknown = JSON.parse(text)
    return Array.isArray(words) ? words.map(String) : undefined
  } catch {
    return undefined
  }
}

/** The command of a `HEALTHCHECK`. */
export function healthCommand(stage: Stage): readonly string[] | undefined {
  return wordsOf(lastOf(stage, 'HEALTHCHECK')?.text.replace(/^CMD /, '') ?? '')
}

/** What `ENV` sets. */
export function environmentOf({ instructions }: Stage): Readonly<Record<string, string>> {
  const pairs = instructions
    .filter(({ keyword }) => keyword === 'ENV')
    .flatMap(({ text }) => text.split(' '))
    .map((pair) => pair.split('='))
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]))
}
