import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppBskyFeedGetTimeline, AppBskyFeedPost } from '@atcute/bluesky'
import * as v from '@atcute/lexicons/validations'
import { schemas } from '@atproto/api'
import { l } from '@atproto/lex'
import { type LexiconDoc, Lexicons } from '@atproto/lexicon'
import { lexicons as accountLexicons, schemaDict } from '@lexwright/generated/lexicons'
import { CompiledLexicons, type CompiledValidators } from '@lexwright/xrpc/codegenv1'
import { generateValidators } from '../../../codegen/src/testing/differential/compile.ts'
import { Schemas } from './schemas.ts'

export type Check = (value: object) => unknown

/** A library, with a function for each kind of value that returns a value or throws if it is invalid. */
export interface Peer {
  readonly name: string
  readonly account: Check
  readonly post: Check
  readonly timeline: Check
}

const bench = join(import.meta.dirname, '..')
const installed = join(bench, 'node_modules')
// Generated here, so that imports of the peers resolve to this folder's node_modules.
const scratch = join(bench, '.tmp', 'validators')
const ACCOUNT = 'com.atproto.account.create'
const POST = 'app.bsky.feed.post'
const TIMELINE = 'app.bsky.feed.getTimeline'

/** The documents of `@atproto/api` before its registry rewrote their references. */
export const documents: readonly LexiconDoc[] = JSON.parse(
  JSON.stringify(schemas).replaceAll('"lex:', '"'),
)

/** Writes `validators.ts` for all documents to a path that can be imported. */
export async function generatedModule(): Promise<{ readonly path: string; readonly text: string }> {
  const text = generateValidators(documents)
  const path = join(scratch, 'validators.ts')
  await mkdir(scratch, { recursive: true })
  await writeFile(path, text)
  return { path, text }
}

export function reference(): { readonly account: Lexicons; readonly published: Lexicons } {
  return {
    account: new Lexicons(structuredClone(Object.values(schemaDict))),
    published: new Lexicons(structuredClone(documents) as LexiconDoc[]),
  }
}

export async function compiledLexicons(): Promise<CompiledLexicons> {
  const { path } = await generatedModule()
  const { validators }: { validators: CompiledValidators } = await import(path)
  return new CompiledLexicons(documents, validators)
}

export async function peers(): Promise<Peer[]> {
  const compiled = await compiledLexicons()
  const { account, published } = reference()
  return [
    // Written twice: a shared closure would become megamorphic.
    {
      name: 'lexwright',
      account: (value) => accountLexicons.assertValidXrpcInput(ACCOUNT, value),
      post: (value) => compiled.assertValidRecord(POST, value),
      timeline: (value) => compiled.assertValidXrpcOutput(TIMELINE, value),
    },
    {
      name: '@atproto/lexicon',
      account: (value) => account.assertValidXrpcInput(ACCOUNT, value),
      post: (value) => published.assertValidRecord(POST, value),
      timeline: (value) => published.assertValidXrpcOutput(TIMELINE, value),
    },
    await atprotoLex(),
    atcute(),
    ...generalPurpose(),
  ]
}

/** Output of `lex build` for the two documents and their references. */
async function atprotoLex(): Promise<Peer> {
  const account = l.object({
    email: l.string(),
    handle: l.string(),
    inviteCode: l.optional(l.string()),
    password: l.string(),
    recoveryKey: l.optional(l.string()),
  })
  const folder = await lexBuild()
  const { main: post } = await import(join(folder, 'app/bsky/feed/post.defs.ts'))
  const { $output } = await import(join(folder, 'app/bsky/feed/getTimeline.defs.ts'))
  return {
    name: '@atproto/lex',
    account: (value) => account.parse(value),
    post: (value) => post.parse(value),
    timeline: (value) => $output.schema.parse(value),
  }
}

async function lexBuild(): Promise<string> {
  const { version } = JSON.parse(
    await readFile(join(installed, '@atproto/lex/package.json'), 'utf8'),
  )
  const out = join(scratch, `lex-${version}`)
  if (existsSync(join(out, 'app/bsky/feed/getTimeline.defs.ts'))) return out
  const input = join(scratch, 'lexicons')
  await rm(input, { recursive: true, force: true })
  for (const document of closure([POST, TIMELINE])) {
    const path = join(input, `${document.id.replaceAll('.', '/')}.json`)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, JSON.stringify(document))
  }
  const command = join(installed, '@atproto/lex/bin/lex')
  const options = ['--clear', '--pretty', 'false', '--import-ext', '.ts']
  const done = spawnSync(
    process.execPath,
    [command, 'build', '--lexicons', input, '--out', out, ...options],
    { encoding: 'utf8' },
  )
  if (done.status !== 0) throw new Error(`lex build failed: ${done.stderr}`)
  return out
}

function closure(start: readonly string[]): LexiconDoc[] {
  const byId = new Map(documents.map((document) => [document.id as string, document]))
  const found = new Map<string, LexiconDoc>()
  const visit = (id: string): void => {
    const document = byId.get(id)
    if (!document || found.has(id)) return
    found.set(id, document)
    for (const [, ref = ''] of JSON.stringify(document).matchAll(/"([\w.-]+)(?:#\w+)?"/g))
      visit(ref)
  }
  for (const id of start) visit(id)
  return [...found.values()]
}

function atcute(): Peer {
  const account = v.object({
    email: v.string(),
    handle: v.string(),
    inviteCode: v.optional(v.string()),
    password: v.string(),
    recoveryKey: v.optional(v.string()),
  })
  const { output } = AppBskyFeedGetTimeline.mainSchema
  return {
    name: '@atcute/lexicons',
    account: (value) => v.parse(account, value),
    post: (value) => v.parse(AppBskyFeedPost.mainSchema, value),
    timeline: (value) => v.parse(output.schema, value),
  }
}

function generalPurpose(): Peer[] {
  const own = Object.values(schemaDict)
  const of = (all: readonly object[], id: string): { readonly defs: { readonly main: unknown } } =>
    all.find((document) => (document as LexiconDoc).id === id) as never
  const published = new Schemas(documents)
  const main = {
    account: (of(own, ACCOUNT).defs.main as { input: { schema: object } }).input.schema,
    post: (of(documents, POST).defs.main as { record: object }).record,
    timeline: (of(documents, TIMELINE).defs.main as { output: { schema: object } }).output.schema,
  }
  const ajv = {
    account: published.ajv(main.account, ACCOUNT),
    post: published.ajv(main.post, POST),
    timeline: published.ajv(main.timeline, TIMELINE),
  }
  const zod = {
    account: published.zod(main.account, ACCOUNT),
    post: published.zod(main.post, POST),
    timeline: published.zod(main.timeline, TIMELINE),
  }
  const yes = (validate: (value: unknown) => unknown, value: object): object => {
    if (!validate(value)) throw new Error('ajv refused the value')
    return value
  }
  return [
    {
      name: 'ajv',
      account: (value) => yes(ajv.account, value),
      post: (value) => yes(ajv.post, value),
      timeline: (value) => yes(ajv.timeline, value),
    },
    {
      name: 'zod',
      account: (value) => zod.account.parse(value),
      post: (value) => zod.post.parse(value),
      timeline: (value) => zod.timeline.parse(value),
    },
  ]
}
