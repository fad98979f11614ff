import type { Host } from './host.ts'

/**
 * Hosts in the order in which to try them: each comes first as often as its share of all weights.
 *
 * @param random gives numbers from 0 to below 1.
 */
export function inOrderOfWeight(hosts: readonly Host[], random: () => number): readonly Host[] {
  const left = [...hosts]
  const order: Host[] = []
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0)
    let point = random() * total
    const found = left.findIndex(({ weight }) => {
      point -= weight
      return point < 0
    })
    order.push(...left.splice(Math.max(found, 0), 1))
  }
  return order
}
