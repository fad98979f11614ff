import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { startOfficialPds } from '@lexwright/testing/official-pds/start-official-pds'
import { toDidDocument } from '../../../packages/account/src/identity/did-document.ts'
import type { Server } from './processes.ts'

const ROOT = join(import.meta.dirname, '../../..')

/** Starts the official PDS with a PLC directory that accepts everything. Installs it if necessary. */
export async function startOfficial(): Promise<Server> {
  const install = ['scripts/install.ts', 'packages/testing/src/official-pds']
  const { status } = spawnSync(process.execPath, install, { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) throw new Error('The official PDS could not be installed')
  const plc = startDirectory()
  await once(plc, 'listening')
  const { port } = plc.address() as AddressInfo
  const pds = await startOfficialPds({
    plcUrl: `http://127.0.0.1:${port}`,
    env: { NODE_ENV: 'production' },
  })
  return {
    url: pds.url,
    process: pds.process,
    stop: async () => {
      await pds.close()
      plc.close()
      plc.closeAllConnections()
    },
  }
}

function startDirectory(): HttpServer {
  const documents = new Map<string, unknown>()
  const server = createServer(async (req, res) => {
    const did = decodeURIComponent(req.url?.slice(1) ?? '')
    if (req.method === 'POST') {
      documents.set(did, toDidDocument(did, JSON.stringify(await json(req))))
    }
    const document = documents.get(did)
    res.writeHead(document ? 200 : 404, { 'Content-Type': 'application/json' })
    res.end(JSON.stringify(document ?? {}))
  })
  return server.listen(0, '127.0.0.1')
}
