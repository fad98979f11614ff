import { createRequire } from 'node:module'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import {
  type OfficialPds,
  startOfficialPds,
} from '@lexwright/testing/official-pds/start-official-pds'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { documents } from '../testing/documents.ts'
import { serviceOf } from '../testing/pair.ts'
import { request } from '../testing.ts'
import { type ServiceCredentials, serviceAuth } from './service-auth.ts'
import type { DidResolver } from './signing-keys.ts'

const aud = 'did:web:feeds.test'
const lxm = 'io.example.params'

let plc: PlcDirectory
let pds: OfficialPds
beforeAll(async () => {
  plc = await startPlcDirectory()
  pds = await startOfficialPds({ plcUrl: plc.url })
})
afterAll(async () => {
  await pds.close()
  await plc.close()
})

/** The resolver of `@atproto/identity`, configured as in the PDS. */
async function referenceResolver(): Promise<DidResolver> {
  const program = import.meta.resolve('@lexwright/testing/official-pds/start-official-pds')
  const { IdResolver } = await import(createRequire(program).resolve('@atproto/identity'))
  return new IdResolver({ plcUrl: plc.url, fetch: globalThis.fetch }).did
}

it('serviceAuth admits tokens issued by the official PDS, for the method they name', async () => {
  const account = { handle: 'alice.test', email: 'alice@example.com', password: 'correct horse' }
  const created = await fetch(`${pds.url}/xrpc/com.atproto.server.createAccount`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(account),
  })
  const { did, accessJwt } = (await created.json()) as { did: string; accessJwt: string }
  const tokenFor = async (claims: Record<string, string>): Promise<string> => {
    const url = `${pds.url}/xrpc/com.atproto.server.getServiceAuth?${new URLSearchParams(claims)}`
    const answer = await fetch(url, { headers: { Authorization: `Bearer ${accessJwt}` } })
    return ((await answer.json()) as { token: string }).token
  }

  const server = serviceOf(documents)
  server.method(lxm, {
    auth: serviceAuth({ audience: aud, resolver: await referenceResolver() }),
    handler: ({ auth }: { auth: { credentials: ServiceCredentials } }) => ({
      encoding: 'application/json',
      body: { seen: auth.credentials.did },
    }),
  })
  const call = async (token: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}` }
    const { body } = await request(server, lxm, { headers })
    const { seen, error } = body as { seen?: string; error?: string }
    return seen ?? error
  }
  expect(await call(await tokenFor({ aud, lxm }))).toBe(did)
  expect(await call(await tokenFor({ aud: `${aud}#bsky_fg`, lxm }))).toBe(did)
  expect(await call(await tokenFor({ aud, lxm: 'io.example.echo' }))).toBe('BadJwtLexiconMethod')
  expect(await call(await tokenFor({ aud: 'did:web:else.test', lxm }))).toBe('BadJwtAudience')
  expect(await call(accessJwt)).toBe('BadJwtType')
})
