import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { linkPageFiles } from './accessible-pages.ts'

const PAGE = '<html><head></head><body><div id="root"></div></body></html>'

/** The chunk that reaches the response. */
function sent(chunk: unknown, headers: Readonly<Record<string, string>>): unknown {
  const res = new ServerResponse(new IncomingMessage(new Socket()))
  let passed: unknown
  res.end = ((...parameters: readonly unknown[]) => {
    passed = parameters[0]
    return res
  }) as typeof res.end
  linkPageFiles(res)
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  res.end(chunk)
  return passed
}

describe('linking the files of the pages', () => {
  const html = { 'Content-Type': 'text/html; charset=utf-8' }

  it('adds both to the head of a page', () => {
    expect(sent(PAGE, html)).toMatch(/<head><link [^>]+><script [^>]+><\/script><\/head><body><div/)
  })

  it.each([
    ['JSON', PAGE, { 'Content-Type': 'application/json' }],
    ['a page of known length', PAGE, { ...html, 'Content-Length': String(PAGE.length) }],
    ['bytes', Buffer.from(PAGE), html],
    ['a page without the element of the application', PAGE.replace('root', 'form'), html],
    ['a page without a head', PAGE.replace('</head>', ''), html],
    ['nothing', undefined, {}],
  ])('leaves %s unchanged', (_, chunk, headers) => {
    expect(sent(chunk, headers)).toBe(chunk)
  })
})
