import { AtpAgent } from '@atproto/api'
import { Secp256k1Keypair } from '@atproto/crypto'
import { type AccountModule, createAccountModule, createPlcIdentity } from '@lexwright/account'
import {
  createEntryway,
  createEntrywayTokens,
  createGateway,
  type Entryway,
  hostSettings,
} from '@lexwright/entryway'
import { createServer } from '@lexwright/generated'
import { openAccountDatabase } from '@lexwright/testing/accounts/account-databases'
import {
  createMailbox,
  type Mailbox,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import { freePort } from '@lexwright/testing/network/free-port'
import {
  type HttpFaultProxy,
  startHttpFaultProxy,
} from '@lexwright/testing/network/http-fault-proxy'
import {
  type OfficialPds,
  startOfficialPds,
} from '@lexwright/testing/official-pds/start-official-pds'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'

/** An official PDS behind the entryway. */
export interface OfficialHost {
  readonly did: string
  readonly pds: OfficialPds
  /** Between the entryway and operator methods of the PDS. */
  readonly proxy: HttpFaultProxy
}

/** An entryway in this process, with a real PLC directory, in front of two official PDSes. */
export interface OfficialHosts {
  readonly url: string
  readonly accounts: AccountModule
  readonly entryway: Entryway
  readonly directory: PlcDirectory
  readonly mailbox: Mailbox
  readonly hosts: readonly [OfficialHost, OfficialHost]
  /** Signs up at one of the hosts, where the agent continues. */
  signUp(name: string, host: OfficialHost): Promise<AtpAgent>
  /** Logs in at the entryway, and calls no other server. */
  throughEntryway(identifier: string, secret?: string): Promise<AtpAgent>
  close(): Promise<void>
}

export const PASSWORD = 'correct horse battery'
const serviceDid = 'did:web:entryway.test'

export async function openOfficialHosts(): Promise<OfficialHosts> {
  const directory = await startPlcDirectory()
  const database = await openAccountDatabase()
  const port = await freePort()
  const url = `http://localhost:${port}`
  const defaults = await testModuleOptions({ serviceDid, publicUrl: url })
  const plcRotationKey = await Secp256k1Keypair.create()
  const mailbox = createMailbox()
  const hosts: OfficialHost[] = []
  let pick = 0
  const tokens = await createEntrywayTokens({
    serviceDid,
    privateKeyHex: '11'.repeat(32),
    hosts: { byAccount: (did) => entryway.hosts.byAccount(did) },
  })
  const accounts = createAccountModule({
    ...defaults,
    db: database.db,
    mailer: mailbox,
    secrets: { ...defaults.secrets, plcRotationKey },
    identity: createPlcIdentity({ url: directory.url }),
    clock: { now: () => new Date() },
    tokens,
  })
  const entryway = createEntryway({
    accounts,
    safeFetch: fetch,
    random: () => pick / 2,
    fetch: (input, init) => {
      const called = String(input)
      const host = hosts.find(({ pds }) => called.startsWith(pds.url))
      const isFaulty = host !== undefined && called.includes('/com.atproto.admin.')
      return fetch(isFaulty ? called.replace(host.pds.url, host.proxy.url) : called, init)
    },
  })
  const gateway = createGateway({ accounts, tokens, safeFetch: fetch })
  await accounts.migrate()
  await entryway.migrate()
  const server = createServer()
  accounts.register(server, gateway.methods)
  const running = await server.listen({ port, middleware: [gateway.middleware] })
  const settings = hostSettings({
    url,
    did: serviceDid,
    jwtPublicKeyHex: tokens.publicKeyHex,
    rotationKey: plcRotationKey.did(),
    handleDomains: ['.test'],
  })

  async function start(name: string): Promise<OfficialHost> {
    const did = `did:web:${name}.test`
    const pds = await startOfficialPds({
      // Official PDSes do not call IP addresses.
      plcUrl: directory.url.replace('127.0.0.1', 'localhost'),
      env: { PDS_SERVICE_DID: did, ...settings },
    })
    const host = { did, pds, proxy: await startHttpFaultProxy(pds.url) }
    hosts.push(host)
    // Warms the PDS up: on a busy machine its first call may exceed the time limit of `addHost`.
    await fetch(`${pds.url}/xrpc/com.atproto.server.describeServer`)
    await entryway.operator.addHost({ url: pds.url, adminPassword: pds.adminPassword })
    return host
  }
  const pair = [await start('a'), await start('b')] as const

  return {
    url,
    accounts,
    entryway,
    directory,
    mailbox,
    hosts: pair,
    signUp: async (name, host) => {
      pick = hosts.indexOf(host)
      const agent = new AtpAgent({ service: url })
      const email = `${name}@example.com`
      await agent.createAccount({ handle: `${name}.test`, email, password: PASSWORD })
      return agent
    },
    throughEntryway: async (identifier, secret = PASSWORD) => {
      const agent = new AtpAgent({ service: url })
      await agent.login({ identifier, password: secret })
      agent.sessionManager.pdsUrl = new URL(url)
      return agent
    },
    close: async () => {
      await running.close(0)
      await gateway.stop()
      await entryway.stop()
      await accounts.stop()
      for (const { pds, proxy } of pair) {
        await proxy.close()
        await pds.close()
      }
      await database.close()
      await directory.close()
    },
  }
}
