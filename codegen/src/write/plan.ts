import type { OutputFile } from '../print/print.ts'
import { isOwned } from './ownership.ts'

/** The state of one path of the output folder. */
export interface ExistingFile {
  readonly path: string
  readonly text: string
}

/** The steps that make a folder contain exactly the output. */
export interface WritePlan {
  readonly create: readonly OutputFile[]
  readonly update: readonly OutputFile[]
  /** Generated earlier and no longer part of the output. */
  readonly remove: readonly string[]
  /** Output paths occupied by foreign files; nothing is written if there are any. */
  readonly foreign: readonly string[]
  readonly unchanged: number
}

/** Compares the output with the folder. Files without the mark are never touched. */
export function planWrite(
  output: readonly OutputFile[],
  existing: readonly ExistingFile[],
): WritePlan {
  const present = new Map(existing.map((file) => [file.path, file.text]))
  const wanted = new Set(output.map((file) => file.path))
  const occupied = output.filter((file) => present.has(file.path))
  const foreign = occupied.filter((file) => !isOwned(file.path, present.get(file.path) ?? ''))
  const owned = occupied.filter((file) => !foreign.includes(file))
  const update = owned.filter((file) => present.get(file.path) !== file.text)
  return {
    create: output.filter((file) => !present.has(file.path)),
    update,
    remove: existing
      .filter((file) => !wanted.has(file.path) && isOwned(file.path, file.text))
      .map((file) => file.path),
    foreign: foreign.map((file) => file.path),
    unchanged: owned.length - update.length,
  }
}

export function isUpToDate(plan: WritePlan): boolean {
  return plan.create.length + plan.update.length + plan.remove.length + plan.foreign.length === 0
}
