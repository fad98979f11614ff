import { freePort } from '@lexwright/testing/network/free-port'

/** The ports in a document, mapped to free ones. */
export interface Ports {
  /** Replaces a document's ports by those of this run. */
  enter(text: string): string
  /** Replaces ports in the output by those of the document. */
  leave(text: string): string
  /** The port of this run. */
  of(port: number): number | undefined
}

/** A port with the host it listens on: `localhost:2583`. */
const NAMED = /\b(?:localhost|127\.0\.0\.1):(\d{4,5})\b/g

export async function choosePorts(markdown: string): Promise<Ports> {
  const named = new Set([...markdown.matchAll(NAMED)].map(([, port]) => port ?? ''))
  const chosen = new Map<string, string>()
  for (const port of named) chosen.set(port, String(await freePort()))
  const swap = (text: string, pairs: Iterable<readonly [string, string]>): string => {
    let result = text
    for (const [from, to] of pairs) result = result.replace(new RegExp(`\\b${from}\\b`, 'g'), to)
    return result
  }
  return {
    enter: (text) => swap(text, chosen),
    leave: (text) =>
      swap(
        text,
        [...chosen].map(([from, to]) => [to, from] as const),
      ),
    of: (port) => {
      const found = chosen.get(String(port))
      return found === undefined ? undefined : Number(found)
    },
  }
}
