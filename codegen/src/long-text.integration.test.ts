import { expect, it } from '@jest/globals'
import { runPipeline } from './pipeline.ts'
import { sourcesWith } from './testing/sources-with.ts'

it('writes texts with a million spaces', () => {
  const { files } = runPipeline(sourcesWith(`a${' '.repeat(1_000_000)}b`), {
    importExtension: '.ts',
    openapi: true,
  })
  expect(files.length).toBeGreaterThan(5)
})
