const PAUSE_MS = 20 * 60_000

/** Returns a function, to be called after each commit, that asks the relays to crawl this host, at most every 20 minutes. */
export function createCrawlers(publicUrl: string, relays: readonly string[], call: typeof fetch) {
  let askedAt = Number.NEGATIVE_INFINITY
  const body = JSON.stringify({ hostname: new URL(publicUrl).host })
  const headers = { 'content-type': 'application/json' }
  return () => {
    if (performance.now() - askedAt < PAUSE_MS) return
    askedAt = performance.now()
    for (const relay of relays) {
      const url = new URL('/xrpc/com.atproto.sync.requestCrawl', relay)
      call(url, { method: 'POST', headers, body, redirect: 'error' }).catch((error: unknown) =>
        console.warn(`the request to ${relay} to crawl failed:`, error),
      )
    }
  }
}
