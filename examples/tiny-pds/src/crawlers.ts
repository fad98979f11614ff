const PAUSE_MS = 20 * 60_000

export interface CrawlersOptions {
  readonly hostname: string
  /** The origins of relays. */
  readonly relays: readonly string[]
  readonly fetch: typeof fetch
}

/** Asks relays to follow the stream of this host: when there is something new, and not more often than every 20 minutes. */
export function createCrawlers({ hostname, relays, fetch }: CrawlersOptions): () => void {
  let askedAt = Number.NEGATIVE_INFINITY
  const body = JSON.stringify({ hostname })
  const headers = { 'content-type': 'application/json' }
  return () => {
    if (performance.now() - askedAt < PAUSE_MS) return
    askedAt = performance.now()
    for (const relay of relays) {
      const url = new URL('/xrpc/com.atproto.sync.requestCrawl', relay)
      fetch(url, { method: 'POST', headers, body, redirect: 'error' }).catch((error: unknown) =>
        console.warn(`${relay} was not asked to crawl:`, error),
      )
    }
  }
}
