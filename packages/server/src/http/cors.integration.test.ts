import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { temporaryDirectory } from '@lexwright/testing/programs/program'
import { cleanUp, cleanups, postgresSetting } from '@lexwright/testing/programs/running-programs'
import { startHere } from '../testing/start-here.ts'

afterAll(cleanUp)

const ORIGIN = 'https://app.example'
const call = '/xrpc/com.atproto.account.get'

async function allowed(url: string, origin = ORIGIN): Promise<string | null> {
  const { headers } = await fetch(url, { headers: { Origin: origin } })
  return headers.get('access-control-allow-origin')
}

describe('a page of another origin', () => {
  let url: string
  const start = async (env: object = {}) => {
    const server = await startHere({ ...environment, ...env })
    cleanups.push(server.close)
    return server
  }
  let environment: Readonly<Record<string, string>>
  beforeAll(async () => {
    const data = await temporaryDirectory()
    cleanups.push(data.remove)
    environment = { ...(await postgresSetting()), PDS_DATA_DIRECTORY: data.path }
    url = (await start()).url
  })

  it('may call the methods and read the well-known paths, and nothing else', async () => {
    for (const path of [call, '/xrpc/_health', '/.well-known/atproto-did', '/.well-known/none']) {
      expect([path, await allowed(url + path)]).toEqual([path, '*'])
    }
    for (const path of ['/', '/reset-password', '/livez', '/readyz', '/metrics', '/none']) {
      expect([path, await allowed(url + path)]).toEqual([path, null])
    }
    const preflight = await fetch(url + call, {
      method: 'OPTIONS',
      headers: {
        Origin: ORIGIN,
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'authorization',
      },
    })
    expect(preflight.status).toBe(204)
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization',
      'access-control-max-age': '86400',
    })
    expect(preflight.headers.has('access-control-allow-credentials')).toBe(false)
  })

  it('may read the remaining rate limit, exposed once', async () => {
    const answer = await fetch(`${url}/xrpc/com.atproto.session.create`, {
      method: 'POST',
      headers: { Origin: ORIGIN, 'Content-Type': 'application/json' },
      body: JSON.stringify({ handle: 'nobody.test', password: 'not the password' }),
    })
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    const names = answer.headers.get('access-control-expose-headers')?.toLowerCase().split(', ')
    expect(names).toEqual(expect.arrayContaining(['ratelimit-limit', 'ratelimit-remaining']))
    expect(new Set(names).size).toBe(names?.length)
  })

  it('is admitted by its origin if origins are listed', async () => {
    const closed = await start({ PDS_CORS_ORIGINS: ORIGIN })
    expect(await allowed(closed.url + call)).toBe(ORIGIN)
    expect(await allowed(closed.url + call, 'https://other.example')).toBeNull()
    // The page of methods still works: it has the origin of the service.
    const { headers } = await fetch(`${closed.url}/`)
    expect(headers.get('content-security-policy')).toContain('allow-same-origin')
  })
})
