/**
 * Refuses a feature that needs connections.
 *
 * @param what the feature, in the plural
 * @throws Error in workerd, whose HTTP server has no connections
 */
export function refuseInWorkers(what: string): void {
  if (globalThis.navigator?.userAgent !== 'Cloudflare-Workers') return
  throw new Error(
    `${what} cannot run in Cloudflare Workers, which have no connections: give \`listener\` to \`createServer\` of node:http, and its port to \`httpServerHandler\` of cloudflare:node`,
  )
}
