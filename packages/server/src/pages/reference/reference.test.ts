import { schemas as published } from '@atproto/api'
import { describe, expect, it } from '@jest/globals'
import { schemas } from '@lexwright/generated/lexicons'
import { accountMethodAuth } from '../account-methods.ts'
import type { LexiconDocument } from './documents.ts'
import { type ReferenceOptions, renderReference } from './reference.ts'

const ASSETS = { style: '/reference/page.css', script: '/reference/page.js' }

function render(
  documents: Iterable<LexiconDocument>,
  more: Partial<ReferenceOptions> = {},
): string {
  const base = { serviceName: 'Bergamot', serviceUrl: 'https://pds.example.com' }
  return renderReference({ ...base, documents, ...more }, ASSETS)
}

/** The text of a page, as a reader sees it. */
function textOf(page: string): string {
  return page
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
}

const everything: LexiconDocument = {
  id: 'com.example.it',
  defs: {
    main: {
      type: 'procedure',
      description: 'Does it.',
      parameters: {
        type: 'params',
        required: ['limit'],
        properties: {
          limit: { type: 'integer', minimum: 1, maximum: 9, default: 5, description: 'How many.' },
          tags: { type: 'array', items: { type: 'string' }, maxLength: 3 },
        },
      },
      input: {
        encoding: 'application/json',
        schema: {
          type: 'object',
          required: ['name'],
          nullable: ['note'],
          properties: {
            name: { type: 'string', maxGraphemes: 64, enum: ['a', 'b'] },
            note: { type: 'string', knownValues: ['x'] },
            inner: {
              type: 'object',
              required: ['id'],
              properties: { id: { type: 'string', format: 'did' } },
            },
            view: { type: 'ref', ref: '#view' },
          },
        },
      },
      output: {
        encoding: 'application/json',
        schema: { type: 'union', refs: ['#view', 'com.example.gone#x'] },
      },
      errors: [{ name: 'Gone', description: 'It is gone.' }, { name: 'Silent' }],
    },
    view: {
      type: 'object',
      description: 'A view.',
      properties: { self: { type: 'ref', ref: '#view' } },
    },
  },
}

describe('the reference', () => {
  it('tells types, limits, defaults, what is required, errors, and what is referred to', () => {
    const page = render([everything], { errorTexts: { Silent: 'Says nothing.' } })
    const text = textOf(page)
    for (const said of [
      'POST /xrpc/com.example.it procedure',
      'Does it.',
      'Authentication: the documents do not say.',
      'limit required integer 1 to 9 default 5 How many.',
      'tags array of string at most 3 items',
      'name required string at most 64 graphemes one of a , b',
      'note string such as x or null',
      'inner object',
      'inner.id required string (did)',
      'view com.example.it#view',
      'com.example.it#view or com.example.gone#x or any other object',
      'Gone It is gone.',
      'Silent Says nothing.',
      'A view.',
    ]) {
      expect(text).toContain(said)
    }
    expect(page).toContain('<a href="#com.example.it-view"><code>com.example.it#view</code></a>')
    expect(page).toContain('id="com.example.it-view"')
  })

  it('shows a command that a shell understands', () => {
    expect(textOf(render([everything]))).toContain(
      `curl 'https://pds.example.com/xrpc/com.example.it?limit=5' \\ -H 'Content-Type: application/json' \\ -d '{ "name": "a" }'`,
    )
    const page = textOf(render(schemas, { auth: accountMethodAuth }))
    expect(page).toContain('-u "admin:$ADMIN_PASSWORD"')
    expect(page).toContain('-H "Authorization: Bearer $ACCESS_JWT"')
    expect(page).toContain(
      'curl https://pds.example.com/xrpc/com.atproto.session.refresh \\ -X POST \\',
    )
  })

  it('has every method of its documents once, and every link leads somewhere', () => {
    for (const documents of [schemas, published as unknown as LexiconDocument[]]) {
      const page = render(documents)
      const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
      expect(ids.length).toBe(new Set(ids).size)
      const targets = [...page.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id)
      expect(targets.filter((target) => !ids.includes(target))).toEqual([])
      const methods = [...documents].filter(({ defs }) => {
        const { type } = (defs.main ?? {}) as { type?: string }
        return type === 'query' || type === 'procedure' || type === 'subscription'
      })
      expect(page.match(/<article class="method /g)).toHaveLength(methods.length)
    }
  })

  it('describes who may call every method of the account module', () => {
    const methods = schemas.filter(({ defs }) => defs.main?.type !== undefined).map(({ id }) => id)
    expect(Object.keys(accountMethodAuth).sort()).toEqual(methods.sort())
  })

  it('is the same for the same documents', () => {
    expect(render(schemas)).toBe(render(structuredClone(schemas)))
  })
})

/** Texts that would be something else, if anything took them for it. */
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</textarea></pre></code><svg onload=alert(1)>',
  '<!-- ',
  '&lt;b&gt;',
  'javascript:alert(1)',
  '\u202egnp.exe',
  '\u0000\u2028',
]

describe('text of documents', () => {
  it.each(HOSTILE)('is shown and does nothing: %j', (text) => {
    const string = { type: 'string', description: text, default: text, knownValues: [text] }
    const document = {
      id: 'com.example.evil',
      description: text,
      defs: {
        main: {
          type: 'procedure',
          description: text,
          parameters: { type: 'params', required: [text], properties: { [text]: string } },
          input: {
            encoding: 'application/json',
            schema: {
              type: 'object',
              description: text,
              required: [text],
              properties: {
                [text]: { type: 'string', enum: [text], const: text, format: text },
                list: { type: 'array', items: { type: 'ref', ref: `#${text}` } },
                union: { type: 'union', refs: [`com.example.none#${text}`] },
                [`${text}1`]: { type: 'object', properties: { [text]: { type: text } } },
              },
            },
          },
          output: { encoding: text, description: text },
          errors: [{ name: text, description: text }],
        },
        [text]: { type: 'object', description: text, properties: { [text]: string } },
      },
    }
    const harmless = JSON.parse(
      JSON.stringify(document).replaceAll(JSON.stringify(text).slice(1, -1), 'harmless'),
    )
    const page = render([document])
    // The same elements with the same attributes, whatever the text.
    expect(markupOf(page).length).toBeGreaterThan(100)
    expect(markupOf(page)).toEqual(markupOf(render([harmless])))
    expect(textOf(page)).toContain(text.replace(/\s+/g, ' ').trim())
  })

  it('cannot leave its quotes in a command', () => {
    const document = {
      id: 'com.example.evil',
      defs: {
        main: {
          type: 'procedure',
          input: {
            encoding: "text/plain'; rm -rf /; '",
            schema: {
              type: 'object',
              required: ['a'],
              properties: { a: { type: 'string', const: "'; id; '" } },
            },
          },
        },
      },
    }
    expect(textOf(render([document]))).toContain(
      String.raw`-H 'Content-Type: text/plain'\''; rm -rf /; '\'''`,
    )
  })
})

/** The tags of a page with the names of their attributes. */
function markupOf(page: string): readonly string[] {
  return [...page.matchAll(/<(\/?[a-z0-9!]+)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*>/g)].map(
    ([, tag, attributes = '']) => `${tag} ${attributes.replaceAll(/="[^"]*"/g, '')}`,
  )
}
