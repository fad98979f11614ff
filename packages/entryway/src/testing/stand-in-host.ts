import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { Secp256k1Keypair } from '@atproto/crypto'
import type { StandInDirectory } from './stand-in-directory.ts'
import {
  answerForRepository,
  emptyRepository,
  type StandInRepository,
} from './stand-in-repositories.ts'
import { createStandInStates, type UpdateFault } from './stand-in-states.ts'

/**
 * Faults of the host at the next request that creates an account:
 *
 * - `fail`: 500 before anything is done.
 * - `fail-published`: 500 after the DID is published.
 * - `die-published`: the host dies after the DID is published, and leaves files.
 * - `lose-answer`: the account is created, and the connection breaks.
 * - `answer-500`: the account is created, and a proxy in between answers 500.
 * - `lose-keys`: the reserved keys are gone.
 */
export type HostFault =
  | 'fail'
  | 'fail-published'
  | 'die-published'
  | 'lose-answer'
  | 'answer-500'
  | 'lose-keys'

/** Creates accounts like an official PDS behind an entryway. */
export interface StandInHost {
  readonly did: string
  readonly url: string
  readonly adminPassword: string
  /** Handles of accounts by DID. */
  readonly accounts: Map<string, string>
  readonly repositories: Map<string, StandInRepository>
  readonly faults: HostFault[]
  /** The updates from the entryway so far. */
  readonly received: string[]
  /** Faults of the next updates. */
  readonly updateFaults: UpdateFault[]
  /** Starts or stops listening. */
  listen(isOn: boolean): Promise<void>
  close(): Promise<void>
}

interface Input {
  readonly did?: string
  readonly handle?: string
  readonly plcOp?: {
    readonly verificationMethods: { readonly atproto: string }
    readonly services: { readonly atproto_pds: { readonly endpoint: string } }
  }
}

type Answer = readonly [status: number, body: object | string] | undefined

const ok = (body: object): Answer => [200, body]
const refuse = (error: string, message = error, status = 400): Answer => [
  status,
  { error, message },
]

export async function openStandInHost(
  name: string,
  directory: StandInDirectory,
): Promise<StandInHost> {
  const did = `did:web:${name}.test`
  const adminPassword = `password of ${name}`
  const accounts = new Map<string, string>()
  const files = new Set<string>()
  const repositories = new Map<string, StandInRepository>()
  const keys = new Map<string, string>()
  const faults: HostFault[] = []
  const states = createStandInStates({ accounts, repositories, directory })

  async function create({ did: account, handle, plcOp }: Input): Promise<Answer> {
    if (account === undefined || handle === undefined || plcOp === undefined) {
      return refuse('InvalidRequest', 'non-entryway pds requires bringing a DID and plcOp')
    }
    const fault = faults.shift()
    if (fault === 'fail') return refuse('InternalServerError', '', 500)
    if (fault === 'lose-keys') keys.clear()
    const named = plcOp.verificationMethods.atproto
    const key = keys.get(account) ?? keys.get(named)
    if (key === undefined) return refuse('InvalidRequest', 'reserved signing key does not exist')
    if (key !== named || plcOp.services.atproto_pds.endpoint !== host.url) {
      return refuse('IncompatibleDidDoc')
    }
    if (files.has(account)) return refuse('AlreadyExists', 'Repo already exists')
    files.add(account)
    try {
      await directory.updates.send(
        { did: account, operation: JSON.stringify(plcOp) },
        { signal: AbortSignal.timeout(1000) },
      )
      if (fault === 'die-published') return undefined
      if (fault === 'fail-published' || [...accounts.values()].includes(handle)) throw new Error()
      accounts.set(account, handle)
      repositories.set(account, emptyRepository(account))
    } catch {
      files.delete(account)
      return refuse('InternalServerError', '', 500)
    }
    keys.delete(account)
    keys.delete(named)
    if (fault === 'lose-answer') return undefined
    return fault === 'answer-500' ? refuse('InternalServerError', '', 500) : ok({ did, handle })
  }

  async function reserve({ did: account }: Input): Promise<Answer> {
    const known = account === undefined ? undefined : keys.get(account)
    const signingKey = known ?? (await Secp256k1Keypair.create()).did()
    keys.set(account ?? signingKey, signingKey)
    return ok({ signingKey })
  }

  async function answer(req: IncomingMessage): Promise<Answer> {
    const url = new URL(req.url ?? '', 'http://host.test')
    const isAdmin =
      req.headers.authorization ===
      `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`
    const nsid = url.pathname.slice('/xrpc/'.length)
    const readInput = async () => (req.method === 'POST' ? ((await json(req)) as Input) : {})
    if (states.has(nsid)) {
      if (!isAdmin) return refuse('AuthenticationRequired', '', 401)
      return states.answer(nsid, {
        ...(await readInput()),
        ...Object.fromEntries(url.searchParams),
      })
    }
    const data = await answerForRepository(req, url, { did, repositories, isAdmin })
    if (data !== undefined) return data
    const input = await readInput()
    switch (nsid) {
      case 'com.atproto.server.describeServer':
        return ok({ did, availableUserDomains: ['.test'] })
      case 'com.atproto.server.reserveSigningKey':
        return await reserve(input)
      case 'com.atproto.server.createAccount':
        return await create(input)
      case 'com.atproto.repo.describeRepo': {
        const handle = url.searchParams.get('repo')
        const [owner] = [...accounts].find((account) => account[1] === handle) ?? []
        if (owner === undefined) return refuse('RepoNotFound')
        return repositories.get(owner)?.isActive === false
          ? refuse('RepoDeactivated')
          : ok({ did: owner })
      }
      case 'com.atproto.sync.getRepoStatus': {
        const account = url.searchParams.get('did') ?? ''
        if (!accounts.has(account)) return refuse('RepoNotFound')
        return files.has(account) ? ok({ did: account, active: true }) : refuse('NotFound')
      }
      case 'com.atproto.admin.getAccountInfos':
        return isAdmin ? ok({ infos: [] }) : refuse('AuthenticationRequired', '', 401)
      case 'com.atproto.admin.deleteAccount':
        if (!isAdmin) return refuse('AuthenticationRequired', '', 401)
        states.received.push('remove')
        accounts.delete(input.did ?? '')
        repositories.delete(input.did ?? '')
        files.delete(input.did ?? '')
        return ok({})
      default:
        return refuse('MethodNotImplemented', '', 501)
    }
  }

  const server = createServer((req: IncomingMessage, res: ServerResponse) => {
    void answer(req).then((given) => {
      if (given === undefined) return void req.socket.destroy()
      res.writeHead(given[0], { 'content-type': 'application/json', connection: 'close' })
      res.end(typeof given[1] === 'string' ? given[1] : JSON.stringify(given[1]))
    })
  })
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  const host: StandInHost = {
    did,
    url: `http://127.0.0.1:${port}`,
    adminPassword,
    accounts,
    repositories,
    faults,
    received: states.received,
    updateFaults: states.faults,
    listen: (isOn) => (isOn ? listen(port) : close()),
    close,
  }
  return host
}
