import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type OfficialPds,
  startOfficialPds,
} from '@lexwright/testing/official-pds/start-official-pds'
import { type DnsServer, startDnsServer } from '@lexwright/testing/third-party/dns-server'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { openNetwork } from '../network/network.ts'
import { runCli } from '../testing/run-cli.ts'
import { lexicon, scratchFolder } from '../testing/scratch-folder.ts'
import { logIn } from './session.ts'

const PASSWORD = 'correct horse'
const view = (maxLength: number): object =>
  lexicon('com.example.thing.view', {
    type: 'object',
    required: ['name'],
    properties: { name: { type: 'string', maxLength } },
  })
const get = lexicon('com.example.thing.get', {
  type: 'query',
  output: { encoding: 'application/json', schema: { type: 'ref', ref: 'com.example.thing.view' } },
})

let plc: PlcDirectory
let pds: OfficialPds
let dns: DnsServer
let did: string
/** The author's project, and another one that uses its lexicons. */
let author: string
let user: string
beforeAll(async () => {
  ;[plc, dns] = await Promise.all([startPlcDirectory(), startDnsServer()])
  pds = await startOfficialPds({ plcUrl: plc.url })
  did = await signUp('author.test')
  author = await scratchFolder({
    'lexicons/com/example/thing/get.json': get,
    'lexicons/com/example/thing/view.json': view(90),
  })
  user = await mkdtemp(join(tmpdir(), 'lexwright-'))
})
afterAll(async () => {
  await Promise.all([pds.close(), dns.close()])
  await plc.close()
  await Promise.all([author, user].map((folder) => rm(folder, { recursive: true })))
})

async function signUp(handle: string): Promise<string> {
  const response = await fetch(`${pds.url}/xrpc/com.atproto.server.createAccount`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ handle, email: `${handle}@example.com`, password: PASSWORD }),
  })
  expect(response.status).toBe(200)
  return ((await response.json()) as { readonly did: string }).did
}

const run = (folder: string, ...args: readonly string[]): ReturnType<typeof runCli> =>
  runCli(folder, ...args, '--plc', plc.url, '--dns', dns.address)
const publish = (...args: readonly string[]): ReturnType<typeof runCli> =>
  run(author, 'publish', ...args)
const change = (document: object): Promise<void> =>
  writeFile(join(author, 'lexicons/com/example/thing/view.json'), JSON.stringify(document, null, 2))
const installed = async (): Promise<unknown> =>
  JSON.parse(await readFile(join(user, 'lexicons/com/example/thing/view.json'), 'utf8'))

// Each test continues from the state the previous one left.
describe('lexicons on a network', () => {
  beforeAll(() => {
    process.env.LEXWRIGHT_PASSWORD = PASSWORD
  })

  it('are not published before DNS names the account, and the missing record is reported', async () => {
    expect(await publish()).toMatchObject({ code: 2, stderr: expect.stringContaining('--account') })
    const { code, stdout, stderr } = await publish('--account', did)
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: 'new       com.example.thing.get\nnew       com.example.thing.view\n',
    })
    expect(stderr).toContain(`It must be: _lexicon.thing.example.com. TXT "did=${did}"`)
    expect(await run(user, 'install', 'com.example.thing.get')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ENOTFOUND _lexicon.thing.example.com'),
    })
  })

  it('are published once by the account that DNS names', async () => {
    dns.texts.set('_lexicon.thing.example.com', ['v=spf1 -all', `did=${did}`])
    dns.texts.set('_atproto.author.test', [`did=${did}`])
    expect(await publish('--dry-run', '--account', 'author.test')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`2 documents would be published by ${did}`),
    })
    expect(await publish()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`2 documents published by ${did}`),
    })
    expect(await publish()).toEqual({
      code: 0,
      stdout: `unchanged com.example.thing.get\nunchanged com.example.thing.view\n0 documents published by ${did}\n`,
      stderr: '',
    })
  })

  it('are installed with their references', async () => {
    expect(await run(user, 'install', 'com.example.thing.get')).toMatchObject({
      code: 0,
      stdout: '2 documents installed in lexicons: 2 written\n',
    })
    expect(await installed()).toMatchObject(view(90))
    expect(await run(user, 'install', '--ci')).toMatchObject({ code: 0 })
    expect((await runCli(user, 'status')).stdout).toContain(
      `at://${did}/com.atproto.lexicon.schema/com.example.thing.view`,
    )
  })

  it('are not published if they break a party, which is reported with advice', async () => {
    await change(view(9))
    const { code, stdout, stderr } = await publish()
    expect(code).toBe(1)
    expect(stdout).toContain('changed   com.example.thing.view\nBREAKING com.example.thing.view')
    expect(stdout).toContain('publish com.example.thing.viewV2')
    expect(stderr).toContain('1 breaking change; nothing was published.')
    const diff = await run(author, 'diff', 'published', '.')
    expect(diff.code).toBe(1)
    expect(diff.stdout).toContain('[bound-tightened in output: breaks server]')
    expect(diff.stdout).toContain('Instead: Leave the bound')
    expect(await run(user, 'diff', 'published', '.')).toMatchObject({ code: 0 })
  })

  it('are published anyway on request, and their users can update', async () => {
    const { stdout } = await publish('--allow-breaking', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      did,
      documents: [{ status: 'unchanged' }, { status: 'changed' }],
      changes: [{ rule: 'bound-tightened', breaks: ['server'] }],
      names: [{ name: '_lexicon.thing.example.com', expected: `did=${did}` }],
      written: [{ nsid: 'com.example.thing.view', cid: expect.stringMatching(/^bafy/) }],
    })
    expect(await run(user, 'install')).toMatchObject({
      stdout: expect.stringContaining('0 written'),
    })
    expect(await run(user, 'update')).toMatchObject({
      stdout: expect.stringContaining('1 written'),
    })
    expect(await installed()).toMatchObject(view(9))
    await writeFile(join(user, 'lexicons/com/example/thing/view.json'), JSON.stringify(view(8)))
    expect(await run(user, 'install', '--ci')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('do not match'),
    })
  })

  it('are published by no other account', async () => {
    await change({ ...view(9), description: 'A thing.' })
    const other = await signUp('mallory.test')
    expect(await publish('--account', other)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`DNS: _lexicon.thing.example.com: it names ${did}`),
    })
    dns.texts.set('_lexicon.thing.example.com', [`did=${did}`, `did=${other}`])
    expect(await publish('--account', did)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Multiple DIDs'),
    })
    dns.texts.set('_lexicon.thing.example.com', [`did=${did}`])
    process.env.LEXWRIGHT_PASSWORD = 'wrong'
    const { code, stderr } = await publish()
    expect(code).toBe(1)
    expect(stderr).toContain('Invalid identifier or password')
    expect(stderr).not.toContain('wrong')
  })

  it('are reported if they are published but missing locally', async () => {
    await rm(join(author, 'lexicons/com/example/thing/get.json'))
    const { code, stdout } = await run(author, 'diff', 'published', '.')
    expect(code).toBe(1)
    expect(stdout).toContain('BREAKING com.example.thing.get main: com.example.thing.get is gone')
    // A project that installed only some documents is not affected.
    expect(await run(user, 'update')).toMatchObject({ code: 0 })
    await writeFile(
      join(user, 'lexicons.json'),
      JSON.stringify({ version: 1, lexicons: ['com.example.thing.view'], resolutions: {} }),
    )
    await rm(join(user, 'lexicons/com/example/thing'), { recursive: true })
    await run(user, 'install')
    expect(await run(user, 'diff', 'published', '.')).toMatchObject({ code: 0 })
  })

  it('do not replace a record that changed since the comparison', async () => {
    const login = { pds: pds.url, identifier: did, password: PASSWORD }
    const session = await logIn(login, openNetwork({ plc: plc.url }))
    const write = session.put('com.example.thing.view', { document: view(7), over: null })
    await expect(write).rejects.toThrow('InvalidSwap')
    await session.end()
  })
})
