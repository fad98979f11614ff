import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AccountModule } from '@lexwright/account'

/** A directory with the DIDs of a service's accounts. */
export interface AccountDirectory {
  readonly url: string
  close(): void
}

export async function startAccountDirectory(accounts: AccountModule): Promise<AccountDirectory> {
  const server = createServer(async (req, res) => {
    const did = decodeURIComponent((req.url ?? '').slice(1))
    const found = await accounts.service.describeSession(did).catch(() => undefined)
    res.statusCode = found?.didDocument === undefined ? 404 : 200
    res.setHeader('Access-Control-Allow-Origin', '*')
    res.setHeader('Content-Type', 'application/did+ld+json')
    res.end(JSON.stringify(found?.didDocument ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
