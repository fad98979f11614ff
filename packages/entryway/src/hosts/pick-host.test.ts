import { expect, it } from '@jest/globals'
import type { Host } from './host.ts'
import { inOrderOfWeight } from './pick-host.ts'

const host = (did: string, weight: number): Host => ({
  did,
  weight,
  url: `https://${did}.test`,
  state: 'open',
  isHealthy: true,
})
const hosts = [host('a', 1), host('b', 3), host('c', 6)]

it('puts each host first in proportion to its weight', () => {
  const firsts = Array.from({ length: 10 }, (_, n) => inOrderOfWeight(hosts, () => n / 10)[0]?.did)
  expect(firsts.join('')).toBe('abbbcccccc')
})

it('returns every host once, in any order', () => {
  expect(inOrderOfWeight(hosts, () => 0.999).map(({ did }) => did)).toEqual(['c', 'b', 'a'])
  expect(inOrderOfWeight(hosts, () => 0).map(({ did }) => did)).toEqual(['a', 'b', 'c'])
  expect(inOrderOfWeight([], () => 0)).toEqual([])
})
