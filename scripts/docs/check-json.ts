import { CONFIG_KEYS, checkConfig } from '../../codegen/src/config/schema.ts'
import { runPipeline } from '../../codegen/src/pipeline.ts'

/**
 * Checks that configurations and lexicon documents are valid. Documents written to a file may have unresolved
 * references, which later commands check.
 */
export function checkJson(text: string, isFile: boolean): void {
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
