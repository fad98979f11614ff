import { StructureKind } from 'ts-morph'
import type { Model } from '../ir/model.ts'
import { code, name } from './code.ts'
import type { Module } from './module.ts'
import type { Statement } from './structure.ts'
import type { ValidatorsModule } from './validators-module.ts'

//= export { ComExampleDefs$view as ComExampleGet$output };
/**
 * `validators.ts` with a named export for the output of each method, to pass to the small client's `checked`: the
 * function itself may belong to a definition, or to another method with the same output.
 */
export function withOutputNames({ module, bodyOf }: ValidatorsModule, model: Model): Module {
  const declared = new Set(module.declares)
  const statements: Statement[] = []
  const declares: string[] = []
  for (const { alias, method, nsid } of model.documents) {
    const wanted = `${alias}$output`
    const output = method?.kind === 'subscription' ? undefined : bodyOf('output', nsid)
    // A definition called "output" already has the name.
    if (output === undefined || declared.has(wanted)) continue
    if ('package' in output.from) {
      declares.push(wanted)
      statements.push(code`export const ${name(wanted)}: typeof ${output} = ${output};`)
    } else {
      const namedExports = [{ name: name(output.name), alias: name(wanted) }]
      statements.push({ kind: StructureKind.ExportDeclaration, namedExports })
    }
  }
  return {
    ...module,
    declares: [...module.declares, ...declares],
    statements: [...module.statements, ...statements],
  }
}
