import type { Address } from '../ir/model.ts'

/** Characters not allowed in the name of an OpenAPI component. */
const UNSAFE = /[^A-Za-z0-9._-]/gu

/**
 * Names the component of every definition: `com.example.get`, `com.example.get_view`. NSIDs contain no
 * underscores, so names cannot collide; other characters are replaced by their code points.
 */
export class ComponentNames {
  readonly #names = new Map<string, string>()

  constructor(addresses: Iterable<Address>) {
    const taken = new Set<string>()
    for (const address of addresses) {
      const usual = usualName(address)
      let name = usual
      for (let number = 2; taken.has(name); number++) name = `${usual}_${number}`
      taken.add(name)
      this.#names.set(keyOf(address), name)
    }
  }

  /** Undefined for definitions without a component: methods and permission sets. */
  of(address: Address): string | undefined {
    return this.#names.get(keyOf(address))
  }
}

function usualName({ nsid, name }: Address): string {
  const safe = name.replace(UNSAFE, (one) => `_${one.codePointAt(0)?.toString(16)}_`)
  return name === 'main' ? nsid : `${nsid}_${safe}`
}

function keyOf({ nsid, name }: Address): string {
  return `${nsid}#${name}`
}
