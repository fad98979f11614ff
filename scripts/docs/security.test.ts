import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { ROOT } from './folders.ts'
import { readSource } from './source.ts'

it('every test named in the security model exists', () => {
  const named = [...readSource('docs/security.md').matchAll(/\*Tests:\*([\s\S]*?)(?=\n\n|$)/g)]
    .flatMap(([, list = '']) => [...list.matchAll(/`([\w./-]+)`/g)])
    .map(([, path = '']) => path)
  expect(named.length).toBeGreaterThan(25)
  const missing = named.filter(
    (path) =>
      !existsSync(join(ROOT, path)) && !existsSync(join(ROOT, 'packages/account/src', path)),
  )
  expect(missing).toEqual([])
})
