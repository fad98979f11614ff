import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, it } from '@jest/globals'
import { findDocuments } from './documents.ts'
import { ROOT } from './folders.ts'
import { readSource } from './source.ts'

const documents = [
  ...(await findDocuments()),
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CODE_OF_CONDUCT.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
].filter((path) => existsSync(join(ROOT, path)))

/** Anchors of headings, as on GitHub. */
function anchorsOf(path: string): ReadonlySet<string> {
  const headings = withoutBlocks(readSource(path)).matchAll(/^#{1,6} (.+)$/gm)
  const anchors = [...headings].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
  return new Set(anchors)
}

function withoutBlocks(markdown: string): string {
  return markdown.replace(/^ *(`{3,})[\s\S]*?^ *\1$/gm, '')
}

it.each(documents)('the links of %s lead somewhere', (document) => {
  const links = withoutBlocks(readSource(document)).matchAll(/\]\(([^()\s]+)\)/g)
  const broken: string[] = []
  for (const [, link = ''] of links) {
    if (/^[a-z]+:/.test(link)) continue
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? document : normalize(join(dirname(document), path))
    if (!existsSync(join(ROOT, target))) broken.push(link)
    else if (anchor !== undefined && !anchorsOf(target).has(anchor)) broken.push(link)
  }
  expect(broken).toEqual([])
})

it('the index lists every page', () => {
  const index = readSource('docs/README.md')
  const pages = documents.filter((path) => /^docs\/[^/]+\.md$/.test(path))
  for (const page of pages) {
    if (page !== 'docs/README.md') expect(index).toContain(page.replace('docs/', ''))
  }
})
