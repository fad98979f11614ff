import { describe, expect, it } from '@jest/globals'
import type { Model } from '../ir/model.ts'
import { resolveModel } from '../resolve-model.ts'
import { lexicon } from '../testing/scratch-folder.ts'
import { LIKE_THE_LIBRARY } from './strictness.ts'
import { emitValidatorsModule } from './validators-module.ts'

/** The model of one document: an object with one property. */
function modelOf(description: string, properties: object): Model {
  const document = lexicon('com.example.thing', { type: 'object', description, properties })
  const text = JSON.stringify(document)
  const source = { path: 'thing.json', name: 'com/example/thing', text }
  const { model } = resolveModel({ documents: [source], overlays: [] }, {})
  if (!model) throw new Error('The document has problems.')
  return model
}

describe('validators of a second run', () => {
  const first = modelOf('One.', { a: { type: 'string', description: 'Old.' } })

  it('are reused if only descriptions differ', () => {
    const before = emitValidatorsModule(first)
    const after = modelOf('Two.', { a: { type: 'string', description: 'New.' } })
    expect(emitValidatorsModule(after)).toBe(before)
  })

  it.each<[string, object]>([
    ['a type', { a: { type: 'integer' } }],
    ['a limit', { a: { type: 'string', maxLength: 3 } }],
    ['a name', { b: { type: 'string' } }],
  ])('are rewritten if %s differs', (_, properties) => {
    const before = emitValidatorsModule(first)
    expect(emitValidatorsModule(modelOf('One.', properties))).not.toBe(before)
  })

  it('are rewritten for another strictness, and for a property named description', () => {
    const before = emitValidatorsModule(first)
    const strict = { ...LIKE_THE_LIBRARY, blobs: true }
    expect(emitValidatorsModule(first, strict)).not.toBe(before)
    const text = emitValidatorsModule(modelOf('', { description: { type: 'string' } }))
    const number = emitValidatorsModule(modelOf('', { description: { type: 'integer' } }))
    expect(number).not.toBe(text)
  })
})
