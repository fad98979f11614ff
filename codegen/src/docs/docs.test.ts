import { describe, expect, it } from '@jest/globals'
import { resolveModel } from '../resolve-model.ts'
import { writeDocs } from './docs.ts'
import { codeSpan, text } from './markdown.ts'

const pageFor = (main: object, more: object = {}): string => {
  const document = { lexicon: 1, id: 'com.example.it', defs: { main, ...more } }
  const source = { path: 'it.json', name: 'com/example/it', text: JSON.stringify(document) }
  const { model, diagnostics } = resolveModel({ documents: [source], overlays: [] }, {})
  if (!model) throw new Error(JSON.stringify(diagnostics))
  return writeDocs(model).find(({ path }) => path === 'com.example.md')?.text ?? ''
}

describe('a page', () => {
  it('lists parameters with their constraints, nested properties, links and errors', () => {
    const page = pageFor(
      {
        type: 'query',
        parameters: {
          type: 'params',
          required: ['limit'],
          properties: { limit: { type: 'integer', minimum: 1, maximum: 9, default: 5 } },
        },
        output: {
          encoding: 'application/json',
          schema: {
            type: 'object',
            nullable: ['next'],
            properties: {
              next: { type: 'ref', ref: '#view' },
              items: {
                type: 'array',
                maxLength: 3,
                items: { type: 'object', properties: { id: { type: 'string', format: 'did' } } },
              },
            },
          },
        },
        errors: [{ name: 'Gone', description: 'It is gone.' }],
      },
      { view: { type: 'object', properties: {} } },
    )
    expect(page).toContain('| `limit` | integer, 1 to 9, default `5` | yes |')
    expect(page).toContain('[`com.example.it#view`](com.example.md#com.example.it-view) or null')
    expect(page).toContain('<a id="com.example.it-view"></a>')
    expect(page).toContain('| `items` | array of object, at most 3 items |')
    expect(page).toContain('| `items[].id` | string (`did`) |')
    expect(page).toContain('| `Gone` | It is gone. |')
  })
})

describe('text from documents', () => {
  it.each([
    ['<script>alert(1)</script>', '\\<script\\>alert(1)\\</script\\>'],
    ['a | b\n# c', 'a \\| b \\# c'],
    ['[x](javascript:y) ![z](w)', '\\[x\\](javascript:y) \\!\\[z\\](w)'],
  ])('%j does nothing', (given, shown) => expect(text(given)).toBe(shown))

  it('cannot leave a code span', () => {
    expect(codeSpan('a`b``c')).toBe('``` a`b``c ```')
    expect(codeSpan('a|b\nc')).toBe('`a\\|b c`')
  })
})
