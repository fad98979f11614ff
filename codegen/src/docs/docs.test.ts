import { describe, expect, it } from '@jest/globals'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { resolveModel } from '../resolve-model.ts'
import { visibleLine } from '../text/invisible.ts'
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

it('says what the keys of a record are', () => {
  const record = { type: 'object', properties: {} }
  expect(pageFor({ type: 'record', key: 'literal:self', record })).toContain(
    'Record, key `literal:self`.',
  )
})

describe('text from documents', () => {
  it.each([
    ['<script>alert(1)</script>', '\\<script\\>alert(1)\\</script\\>'],
    ['a | b\n# c', 'a \\| b \\# c'],
    ['[x](javascript:y) ![z](w)', '\\[x\\](javascript:y) \\!\\[z\\](w)'],
  ])('%j does nothing', (given, shown) => expect(text(given)).toBe(shown))

  it('survives as many back-ticks as there are', () => {
    expect(codeSpan('`a'.repeat(200_000)).length).toBeGreaterThan(200_000)
  })
})

/** Each tries to be more than text in some place of a page. */
const HOSTILE = [
  '',
  ' ',
  '`',
  '``',
  'a`b``c',
  '<img src=x onerror=alert(1)>',
  '`<img src=x onerror=alert(1)>',
  '</code><script>alert(1)</script>',
  '--><b>',
  '<!--',
  'a|b\nc',
  'a | `b | c` | d',
  '\\',
  'ends with \\',
  '\\|',
  '[x](javascript:alert(1))',
  '![x](https://example.com/a.png)',
  '[x]: https://example.com',
  '<https://example.com>',
  'see https://example.com/a?b=c_d*e',
  'HTTP://EXAMPLE.COM ftp://example.com',
  'www.example.com',
  'mail me@example.com',
  '&lt;img&gt; &#60;b&#62; &copy;',
  '*a* __b__ ~~c~~ $d$',
  '# heading',
  '- item',
  '1. item',
  '> quote',
  '---',
  '===',
  '    indented',
  '[^1]',
  '\u202egnp.exe',
  '\u0007bell',
]
const normal = (value: string): string => visibleLine(value.replace(/\s+/g, ' ')).trim()

/** A page that has the text wherever a document can put some. */
const pageWith = (hostile: string): string =>
  pageFor(
    {
      type: 'procedure',
      description: hostile,
      parameters: {
        type: 'params',
        properties: { [hostile]: { type: 'string', description: hostile, default: hostile } },
      },
      input: {
        encoding: 'application/json',
        schema: {
          type: 'object',
          properties: {
            image: { type: 'blob', accept: ['', hostile, '<img src=x>'] },
            text: { type: 'string', format: '', const: hostile, enum: ['', hostile] },
            [`${hostile}.`]: { type: 'string', format: hostile, knownValues: [hostile, ''] },
          },
        },
      },
      errors: [{ name: hostile === '' ? 'None' : hostile, description: hostile }],
    },
    {
      [hostile.replaceAll('#', '') || 'other']: { type: 'token', description: hostile },
    },
  )

describe('a hostile document, rendered', () => {
  const render = (page: string): string =>
    micromark(page, {
      allowDangerousHtml: true,
      allowDangerousProtocol: true,
      extensions: [gfm()],
      htmlExtensions: [gfmHtml()],
    })

  it.each(HOSTILE)('%j is text', (hostile) => {
    const html = render(pageWith(hostile))
    const tags = html.replace(/<!-- Generated by .*? -->/, '').match(/<[^>]*>?/g) ?? []
    const odd = tags.filter(
      (tag) =>
        !/^<\/?(h[123]|p|strong|table|thead|tbody|tr|th|td|code|a)>$/.test(tag) &&
        !/^<a id="[\w.-]+">$/.test(tag) &&
        !/^<a href="com\.example\.md#[\w.-]+">$/.test(tag),
    )
    expect(odd).toEqual([])
    // One table for the parameters, the input and the errors each, with as many cells as it has.
    expect(html.match(/<table>/g)).toHaveLength(3)
    for (const row of html.split('<tr>').slice(1)) {
      expect([2, 4]).toContain((row.match(/<t[dh]>/g) ?? []).length)
    }
    const shown = html
      .replace(/<[^>]*>/g, '')
      .replace(/&(?:lt|gt|quot|amp);/g, (name) => ENTITIES[name] ?? name)
    expect(normal(shown).split(normal(hostile)).length).toBeGreaterThan(8)
  })
})

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&amp;': '&',
}
