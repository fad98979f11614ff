import type { ParsedDocument } from '../parse/parse.ts'
import { compare } from '../parse/parse.ts'
import { matches, type NsidPattern } from '../select/pattern.ts'
import type { DefinitionModel, DocumentModel } from './model.ts'
import { type NameScope, titleCase } from './names.ts'
import { referencesOf } from './references.ts'

/** Maps documents to a package that already contains their generated modules. */
export interface PackageMapping {
  readonly pattern: NsidPattern
  /** The package's name; it exports `./types/…` and `./lexicons` like a generated package. */
  readonly package: string
}

/** The package that contains a document's module. The longest pattern wins. */
export function packageOf(nsid: string, mappings: readonly PackageMapping[]): string | undefined {
  return mappings
    .filter(({ pattern }) => matches(pattern, nsid))
    .toSorted((a, b) => b.pattern.length - a.pattern.length)[0]?.package
}

/** The path of a document's module, below the output folder or a package. */
export function modulePath(nsid: string): string {
  return `types/${nsid.replaceAll('.', '/')}`
}

/** Referenced definitions of documents that are in packages and were not given, by NSID. */
export function referencesIntoPackages(
  documents: readonly ParsedDocument[],
  mappings: readonly PackageMapping[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const given = new Set(documents.map(({ document }) => document.id))
  const found = new Map<string, Set<string>>()
  for (const { document } of mappings.length > 0 ? documents : []) {
    for (const { target } of referencesOf(document)) {
      const { nsid, name } = target
      if (given.has(nsid) || packageOf(nsid, mappings) === undefined) continue
      found.set(nsid, (found.get(nsid) ?? new Set()).add(name))
    }
  }
  return found
}

/**
 * The model of a document that was not given: its package is trusted to contain what is referred
 * to.
 */
export function trustedDocument(
  nsid: string,
  definitions: ReadonlySet<string>,
  options: { readonly package: string; readonly aliases: NameScope },
): DocumentModel {
  return {
    nsid,
    alias: options.aliases.take(titleCase(nsid)),
    module: modulePath(nsid),
    package: options.package,
    trusted: true,
    definitions: [...definitions].sort(compare).map((name) => opaqueDefinition(nsid, name)),
    source: { lexicon: 1, id: nsid, defs: {} },
  }
}

function opaqueDefinition(nsid: string, name: string): DefinitionModel {
  const uri = name === 'main' ? nsid : `${nsid}#${name}`
  const type = titleCase(name)
  const names = {
    type,
    guard: `is${type}`,
    validate: `validate${type}`,
    assert: `assert${type}`,
    constant: type,
  }
  return { name, kind: 'opaque', uri, type: { type: 'unknown' }, names }
}
