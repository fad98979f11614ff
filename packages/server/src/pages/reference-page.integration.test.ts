import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { temporaryDirectory } from '@lexwright/testing/programs/program'
import { cleanUp, cleanups, postgresSetting } from '@lexwright/testing/programs/running-programs'
import { startHere } from '../testing/start-here.ts'
import { documentIn } from './testing/serve-document.ts'

let environment: Readonly<Record<string, string>>
beforeAll(async () => {
  const data = await temporaryDirectory()
  cleanups.push(data.remove)
  environment = { ...(await postgresSetting()), PDS_DATA_DIRECTORY: data.path }
})
afterAll(cleanUp)

const start = async (env: object = {}) => {
  const server = await startHere({ ...environment, ...env })
  cleanups.push(server.close)
  return server
}

interface Parameter {
  readonly name: string
  readonly required?: boolean
  readonly schema: { readonly format?: string }
}
interface Operation {
  readonly security: readonly object[]
  readonly parameters?: readonly Parameter[]
}

/** A parameter with a valid value, since parameters are validated before credentials. */
function sample({ name, schema }: Parameter): [string, string] {
  return [name, schema.format === 'handle' ? 'alice.test' : `did:plc:${'a'.repeat(24)}`]
}

it('is mentioned in the greeting, and shows who may call', async () => {
  const { url, said } = await start()
  expect(said).toContain(`Methods         ${url}/ in a browser`)
  const { paths } = documentIn(await (await fetch(`${url}/`)).text())
  const methods = Object.entries(paths as Record<string, Record<string, Operation>>)
  expect(methods.length).toBeGreaterThan(6)
  const refused: string[] = []
  const secured: string[] = []
  for (const [path, item] of methods) {
    for (const [verb, { security, parameters }] of Object.entries(item)) {
      const query = new URLSearchParams(parameters?.filter(({ required }) => required).map(sample))
      const { status } = await fetch(`${url}${path}?${query}`, { method: verb.toUpperCase() })
      if (status === 401) refused.push(path)
      if (security.length > 0) secured.push(path)
    }
  }
  expect(secured).toEqual(refused)
})

it('is not there when it is turned off', async () => {
  const { url, said } = await start({ PDS_API_PAGE_ENABLED: 'false' })
  const response = await fetch(url)
  expect([response.status, await response.json()]).toEqual([
    404,
    { error: 'NotFound', message: 'There is nothing at this address' },
  ])
  expect(said).not.toContain('in a browser')
})
