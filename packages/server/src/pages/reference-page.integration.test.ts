import { afterAll, beforeAll, expect, it } from '@jest/globals'
import {
  cleanUp,
  directory,
  postgresSetting,
  start,
} from '@lexwright/testing/programs/running-programs'
import { documentIn } from './testing/serve-document.ts'

let data: string
let postgres: Readonly<Record<string, string>>
beforeAll(async () => {
  data = await directory()
  postgres = await postgresSetting()
})
afterAll(cleanUp)

it('is mentioned at the start, and says who may call', async () => {
  const { url, said } = await start(data, postgres)
  expect(said()).toContain(`Methods         ${url}/ in a browser`)
  const { paths } = documentIn(await (await fetch(`${url}/`)).text())
  const methods = Object.entries(
    paths as Record<string, Record<string, { readonly security: readonly object[] }>>,
  )
  expect(methods.length).toBeGreaterThan(6)
  for (const [path, item] of methods) {
    for (const [verb, { security }] of Object.entries(item)) {
      const { status } = await fetch(url + path, { method: verb.toUpperCase() })
      expect([path, status === 401]).toEqual([path, security.length > 0])
    }
  }
}, 60_000)

it('is not there when it is turned off', async () => {
  const { url, said } = await start(data, { ...postgres, PDS_API_PAGE_ENABLED: 'false' })
  const response = await fetch(url)
  expect([response.status, await response.json()]).toEqual([
    404,
    { error: 'NotFound', message: 'There is nothing at this address' },
  ])
  expect(said()).not.toContain('in a browser')
}, 60_000)
