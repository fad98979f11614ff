import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type PlcDirectory, startPlcDirectory } from '../third-party/plc-directory.ts'
import { type OfficialPds, startOfficialPds } from './start-official-pds.ts'

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

it('signs users up, with DIDs of the directory that name its endpoint', async () => {
  const response = await fetch(`${pds.url}/xrpc/com.atproto.server.createAccount`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      handle: 'alice.test',
      email: 'alice@example.com',
      password: 'correct horse',
    }),
  })
  const { did } = (await response.json()) as { readonly did: string }
  expect(plc.dids()).toEqual([did])
  expect(await plc.log(did)).toMatchObject([
    { services: { atproto_pds: { endpoint: pds.url } }, alsoKnownAs: ['at://alice.test'] },
  ])
})
