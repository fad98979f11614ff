import type { Host } from './host.ts'

/**
 * Returns hosts in the order to try them. Each comes first with a probability proportional to its
 * weight.
 *
 * @param random returns numbers from 0 to below 1.
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
