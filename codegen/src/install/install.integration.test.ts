import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cidForLex } from '@atproto/lex-cbor'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { lexicon, scratchFolder } from '../testing/scratch-folder.ts'
import { type InstallOptions, install } from './install.ts'
import { installedIds } from './manifest.ts'

const view = { type: 'object', properties: { name: { type: 'string', maxLength: 9 } } }
const get = {
  type: 'query',
  output: { encoding: 'application/json', schema: { type: 'ref', ref: 'org.other.view' } },
}

let folder: string
let published: Record<string, object>
let fetched: string[]
beforeEach(async () => {
  folder = await scratchFolder({
    'lexicons/com/example/mine.json': lexicon('com.example.mine', view),
  })
  published = {
    'org.other.get': lexicon('org.other.get', get),
    'org.other.view': lexicon('org.other.view', view),
  }
  fetched = []
})
afterEach(() => rm(folder, { recursive: true }))

/** Names and records on the network; the library lets its caller resolve both. */
const hooks = {
  onResolveAuthority: () => 'did:web:other.example' as const,
  onFetch: async ({ uri }: { uri: { rkey: string } }) => {
    const document = published[uri.rkey]
    if (!document) throw new Error(`There is no ${uri.rkey}.`)
    fetched.push(uri.rkey)
    return { cid: await cidForLex(document as never), record: document as never }
  },
}
const run = (options: Partial<InstallOptions> = {}): ReturnType<typeof install> =>
  install({
    add: [],
    lexicons: join(folder, 'lexicons'),
    manifest: join(folder, 'lexicons.json'),
    update: false,
    check: false,
    resolver: { hooks } as never,
    ...options,
  })
const read = async (path: string): Promise<unknown> =>
  JSON.parse(await readFile(join(folder, path), 'utf8'))

describe('install', () => {
  it('installs a document with its references, and lists both', async () => {
    const { ids, changed } = await run({ add: ['org.other.get'] })
    expect({ ids, changed }).toEqual({
      ids: ['org.other.get', 'org.other.view'],
      changed: ['org.other.get', 'org.other.view'],
    })
    expect(await read('lexicons/org/other/view.json')).toEqual(published['org.other.view'])
    expect(await read('lexicons.json')).toMatchObject({
      version: 1,
      lexicons: ['org.other.get'],
      resolutions: {
        'org.other.get': {
          uri: 'at://did:web:other.example/com.atproto.lexicon.schema/org.other.get',
        },
        'org.other.view': { cid: expect.stringMatching(/^bafy/) },
      },
    })
    expect((await readdir(folder)).sort()).toEqual(['lexicons', 'lexicons.json'])
    expect(installedIds(join(folder, 'lexicons.json'))).toEqual(new Set(ids))
  })

  it('fetches only missing documents, and with update all of them', async () => {
    await run({ add: ['org.other.get'] })
    await rm(join(folder, 'lexicons', 'org', 'other', 'view.json'))
    fetched = []
    expect(await run()).toMatchObject({ changed: ['org.other.view'], isListChanged: false })
    expect(fetched).toEqual(['org.other.view'])
    published['org.other.view'] = lexicon('org.other.view', { ...view, description: 'New.' })
    expect(await run()).toMatchObject({ changed: [], isListChanged: false })
    expect(await run({ update: true })).toMatchObject({
      changed: ['org.other.view'],
      isListChanged: true,
    })
    expect(await read('lexicons/org/other/view.json')).toMatchObject({
      defs: { main: { description: 'New.' } },
    })
  })

  it('with --ci only reports a missing document and a changed one', async () => {
    await run({ add: ['org.other.get'] })
    expect(await run({ check: true })).toMatchObject({ changed: [], isListChanged: false })
    const file = join(folder, 'lexicons', 'org', 'other', 'view.json')
    await writeFile(
      file,
      JSON.stringify(lexicon('org.other.view', { type: 'object', properties: {} })),
    )
    expect(await run({ check: true })).toMatchObject({ isListChanged: true })
    await rm(file)
    expect(await run({ check: true })).toMatchObject({ changed: ['org.other.view'] })
    expect(await readdir(join(folder, 'lexicons', 'org', 'other'))).toEqual(['get.json'])
  })

  it('replaces no local document, and does not write through links', async () => {
    const own = JSON.stringify(lexicon('org.other.view', { type: 'object', properties: {} }))
    await mkdir(join(folder, 'lexicons', 'org', 'other'), { recursive: true })
    await writeFile(join(folder, 'lexicons', 'org', 'other', 'view.json'), own)
    await expect(run({ add: ['org.other.view'] })).rejects.toThrow('view.json is in the way')
    expect(await readFile(join(folder, 'lexicons', 'org', 'other', 'view.json'), 'utf8')).toBe(own)

    await rm(join(folder, 'lexicons', 'org'), { recursive: true })
    await mkdir(join(folder, 'elsewhere'))
    await symlink(join(folder, 'elsewhere'), join(folder, 'lexicons', 'org'))
    await expect(run({ add: ['org.other.view'] })).rejects.toThrow('is a link')
    expect(await readdir(join(folder, 'elsewhere'))).toEqual([])
  })

  it.each([
    '{"version":1,"lexicons":["../x"],"resolutions":{}}',
    '{"version":1,"lexicons":[],"resolutions":{"org.other.get":null}}',
  ])('rejects the manifest %s', async (text) => {
    await writeFile(join(folder, 'lexicons.json'), text)
    await expect(run()).rejects.toThrow('is not a list of installed lexicons')
  })

  it('rejects a folder as a manifest', async () => {
    await mkdir(join(folder, 'lexicons.json'))
    await expect(run()).rejects.toThrow(/Cannot read .*lexicons\.json: it is a folder\./)
  })
})
