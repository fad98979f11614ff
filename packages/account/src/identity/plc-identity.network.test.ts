import { Secp256k1Keypair } from '@atproto/crypto'
import { type Operation, updateHandleOp } from '@did-plc/lib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  type HttpFault,
  type HttpFaultProxy,
  startHttpFaultProxy,
} from '@lexwright/testing/network/http-fault-proxy'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { systemRandom } from '../crypto/random.ts'
import { generateSigningKey, signGenesis } from './genesis.ts'
import { PublicationRefused, type SignedGenesis } from './identity.ts'
import { createPlcIdentity, DirectoryUnavailable } from './plc-identity.ts'

const rotation = await Secp256k1Keypair.create()
const never = new AbortController().signal

describe('createPlcIdentity', () => {
  let directory: PlcDirectory
  let proxy: HttpFaultProxy
  beforeAll(async () => {
    directory = await startPlcDirectory()
    proxy = await startHttpFaultProxy(directory.url)
  })
  beforeEach(() => proxy.fail('pass'))
  afterAll(async () => {
    await proxy.close()
    await directory.close()
  })

  const identity = (options: object = {}) =>
    createPlcIdentity({ url: proxy.url, requestTimeoutMs: 30_000, retryPauseMs: 5, ...options })
  const publish = (genesis: SignedGenesis, options?: object) =>
    identity(options).publish(genesis, { signal: never })

  async function newGenesis(): Promise<SignedGenesis> {
    return await signGenesis({
      handle: 'alice.test',
      signingKey: (await generateSigningKey(systemRandom)).publicKey,
      rotationKeys: [rotation.did()],
      endpoint: 'https://pds.test',
      signer: rotation,
    })
  }
  const isPublished = async ({ did, operation }: SignedGenesis) => {
    const log = await directory.log(did)
    expect(log.length).toBeLessThanOrEqual(1)
    if (log.length === 1) expect(log[0]).toEqual(JSON.parse(operation))
    return log.length === 1
  }

  /** Short timeouts only for requests that hang: a slow machine does not affect the others. */
  const patienceWith = (faults: readonly HttpFault[]): object =>
    faults.some((fault) => fault === 'hang' || fault === 'hang-after')
      ? { requestTimeoutMs: 600 }
      : {}

  it('publishes the same operation twice', async () => {
    const genesis = await newGenesis()
    expect(await publish(genesis)).toBe('published')
    expect(await publish(genesis)).toBe('published')
    expect(await isPublished(genesis)).toBe(true)
  })

  const passing: readonly (readonly [string, readonly HttpFault[]])[] = [
    ['the request is lost', ['drop-before']],
    ['the answer is lost', ['drop-after']],
    ['the answer never comes', ['hang-after']],
    ['the request never arrives', ['hang']],
    ['the directory stumbles', [{ status: 500 }]],
    ['the directory is busy', [{ status: 429 }]],
    ['the answer is slow', [{ delay: 100 }]],
    ['the answer is lost, and so is the log', ['drop-after', 'drop-before']],
    ['everything is lost twice', ['drop-before', { status: 503 }, 'drop-after', { status: 502 }]],
  ]
  it.each(passing)('publishes even if %s', async (_, faults) => {
    const genesis = await newGenesis()
    proxy.fail(faults)
    expect(await publish(genesis, patienceWith(faults))).toBe('published')
    expect(await isPublished(genesis)).toBe(true)
  })

  const failing: readonly (readonly [string, HttpFault])[] = [
    ['it is down', 'drop-before'],
    ['it hangs', 'hang'],
    ['it answers 500', { status: 500 }],
    ['it is another service', { status: 404, body: '<h1>Not found</h1>' }],
    ['a proxy refuses', { status: 400, body: '<h1>Bad request</h1>' }],
    ['it forbids', { status: 403 }],
    ['it redirects', { status: 302, location: 'http://127.0.0.1:1/' }],
    ['it never ends', { status: 200, body: `[${'1,'.repeat(600_000)}1]` }],
  ]
  it.each(failing)('leaves the outcome open when %s', async (_, fault) => {
    const genesis = await newGenesis()
    proxy.fail(fault)
    const options = { attempts: 2, ...patienceWith([fault]) }
    await expect(publish(genesis, options)).rejects.toThrow(DirectoryUnavailable)
    expect(await isPublished(genesis)).toBe(false)
  })

  it('does not report a refusal when the log cannot be read', async () => {
    const genesis = await newGenesis()
    await publish(genesis)
    proxy.fail({ status: 500 }, (request) => request.startsWith('GET'))
    await expect(publish(genesis)).rejects.toThrow(DirectoryUnavailable)
  })

  it('reports a refusal by the directory at once', async () => {
    const genesis = await newGenesis()
    const forged = { ...JSON.parse(genesis.operation), alsoKnownAs: ['at://eve.test'] }
    const before = proxy.requests.length
    const refused = publish({ did: genesis.did, operation: JSON.stringify(forged) })
    await expect(refused).rejects.toThrow(PublicationRefused)
    expect(proxy.requests.slice(before)).toEqual([
      `POST /${encodeURIComponent(genesis.did)}`,
      `GET /${encodeURIComponent(genesis.did)}/log`,
    ])
  })

  it('stays published after its owner has changed the DID', async () => {
    const genesis = await newGenesis()
    await publish(genesis)
    const first: Operation = JSON.parse(genesis.operation)
    const response = await fetch(`${directory.url}/${genesis.did}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(await updateHandleOp(first, rotation, 'moved.test')),
    })
    expect(response.status).toBe(200)
    expect(await publish(genesis)).toBe('published')
    expect(await directory.log(genesis.did)).toHaveLength(2)
  })

  it.each([
    ['was ended', (operation: unknown) => [operation, { type: 'plc_tombstone' }]],
    ['has another log', (operation: object) => [{ ...operation, sig: 'another' }]],
  ])('reports a refusal for a DID that %s', async (_, log) => {
    const genesis = await newGenesis()
    proxy.fail([
      { status: 400, body: '{"message":"Invalid operation"}' },
      { status: 200, body: JSON.stringify(log(JSON.parse(genesis.operation))) },
    ])
    await expect(publish(genesis)).rejects.toThrow(PublicationRefused)
  })

  it('stops when the caller aborts', async () => {
    proxy.fail('hang')
    const caller = AbortSignal.timeout(50)
    const began = performance.now()
    await expect(
      identity({ requestTimeoutMs: 60_000 }).publish(await newGenesis(), { signal: caller }),
    ).rejects.toThrow()
    expect(performance.now() - began).toBeLessThan(30_000)
  })

  it.each(['plc.directory', 'ftp://plc.directory', ''])('refuses the URL %j', (url) => {
    expect(() => createPlcIdentity({ url })).toThrow(RangeError)
  })
})
