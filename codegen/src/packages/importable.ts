import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { PackageMapping } from '../ir/packages.ts'
import { readText } from '../parse/read-text.ts'
import type { OutputFile } from '../print/print.ts'
import { rootOf } from './read-package.ts'

/** The reason generated code could not import from packages; `undefined` if it can. */
export function whyNotImportable(
  files: readonly OutputFile[],
  mappings: readonly PackageMapping[],
): string | undefined {
  for (const name of new Set(mappings.map((mapping) => mapping.package))) {
    const imported = new Set(files.flatMap(({ text }) => importsFrom(name, text)))
    if (imported.size === 0) continue
    const reason = whyMissing(name, imported)
    if (reason !== undefined) {
      return `Nothing can be imported from ${name}: ${reason}. Without modules that lexwright has generated, take its documents with --lexicons npm:${name} instead of --import. Nothing was written.`
    }
  }
  return undefined
}

function importsFrom(name: string, text: string): string[] {
  const start = `from '${name}/`
  return text
    .split('\n')
    .flatMap((line) => (line.includes(start) ? [line.split(start)[1]?.split("'")[0] ?? ''] : []))
}

function whyMissing(name: string, paths: ReadonlySet<string>): string | undefined {
  let root: string
  try {
    root = rootOf(name)
  } catch (error) {
    return (error as Error).message
  }
  const { exports: exported } = JSON.parse(readText(join(root, 'package.json')))
  for (const path of paths) {
    const isThere = exported === undefined ? hasFile(root, path) : hasExport(exported, `./${path}`)
    if (!isThere) return `it does not export ./${path}`
  }
  return undefined
}

function hasFile(root: string, path: string): boolean {
  return ['', '.js', '.mjs', '.ts', '.d.ts'].some((ending) => existsSync(join(root, path + ending)))
}

/** Checks the names of exports only: their targets depend on conditions. */
function hasExport(exported: unknown, path: string): boolean {
  if (typeof exported !== 'object' || exported === null) return false
  return Object.entries(exported).some(([key, target]) => {
    const [start = '', end, ...more] = key.split('*')
    if (target === null || more.length > 0) return false
    return end === undefined ? key === path : path.startsWith(start) && path.endsWith(end)
  })
}
