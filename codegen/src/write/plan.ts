import type { OutputFile } from '../print/print.ts'
import { isOwned } from './ownership.ts'

/** State of the disk at one path of the output folder. */
export interface ExistingFile {
  readonly path: string
  readonly text: string
}

/** The steps after which a folder holds exactly the output. */
export interface WritePlan {
  readonly create: readonly OutputFile[]
  readonly update: readonly OutputFile[]
  /** Generated earlier and no longer part of the output. */
  readonly remove: readonly string[]
  /** Paths the output needs but somebody else's file occupies; nothing is written while there are any. */
  readonly foreign: readonly string[]
  readonly unchanged: number
}

/** Compares the output with what is there. Files without the mark are never touched. */
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
