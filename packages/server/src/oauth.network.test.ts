import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { freePort } from '@lexwright/testing/network/free-port'
import type { Program } from '@lexwright/testing/programs/program'
import {
  accountOf,
  cleanUp,
  directory,
  person,
  start,
} from '@lexwright/testing/programs/running-programs'
import {
  type Browser,
  hasBrowser,
  inaccessible,
  openBrowser,
  type Page,
} from '@lexwright/testing/third-party/browser'
import { bundleBrowserClients } from '@lexwright/testing/third-party/oauth-browser-clients'

const alice = person('alice')
const SCOPE = 'atproto transition:email'
/** Width of a phone. */
const WIDTH = 390
const DEADLINE_MS = 120_000

const describeInBrowser = hasBrowser('oauth.network.test.ts') ? describe : describe.skip

describeInBrowser('a page with a client of others, and the program', () => {
  let program: Program
  let did: string
  let browser: Browser
  let app: Server
  let redirectUri: string
  beforeAll(async () => {
    program = await start(await directory(), {
      PDS_OAUTH_ENABLED: 'true',
      PDS_SERVICE_NAME: 'Bergamot',
      PDS_PRIMARY_COLOR: '#0a5c7a',
    })
    const { data } = await accountOf(program).create(alice)
    did = data.did
    const script = await bundleBrowserClients()
    const port = await freePort()
    redirectUri = `http://127.0.0.1:${port}/`
    app = createServer((_req, res) => {
      res.setHeader('Content-Type', 'text/html; charset=utf-8')
      res.end(`<!doctype html><html lang="en"><title>App</title><script>${script}</script></html>`)
    })
    await new Promise<void>((resolve) => app.listen(port, '127.0.0.1', resolve))
    browser = await openBrowser({ javaScriptEnabled: true, width: WIDTH })
  }, DEADLINE_MS)
  afterAll(async () => {
    await browser?.close()
    app?.closeAllConnections()
    app?.close()
    await cleanUp()
  })

  /**
   * Runs steps with a client in the page of the app; they cannot refer to variables of this file.
   */
  const inPage = (page: Page, client: string, steps: string): Promise<unknown> => {
    const query = new URLSearchParams({ redirect_uri: redirectUri, scope: SCOPE })
    const options = {
      clientId: `http://localhost?${query}`,
      redirectUri,
      scope: SCOPE,
      service: program.url,
      // Serves DIDs that are in no other directory.
      plcDirectoryUrl: program.url,
    }
    return page.evaluate(`(async () => {
      globalThis.app ??= oauthApps[${JSON.stringify(client)}](${JSON.stringify(options)})
      ${steps}
    })()`)
  }

  it.each(['official', 'atcute'])(
    'logs in with the %s one, calls, refreshes, logs out, and logs in again',
    async (client) => {
      const page = await browser.context.newPage()
      const call = () =>
        inPage(page, client, `return await app.call('/xrpc/com.atproto.server.getSession')`)
      for (let login = 0; login < 2; login++) {
        await page.goto(redirectUri)
        await inPage(page, client, `void app.signIn('${alice.handle}').catch(console.error)`)
        await page.waitForURL(/\/oauth\/authorize/)
        await page.getByRole('textbox', { name: /password/i }).fill(alice.password)
        expect(await faults(page)).toEqual([])
        await page.getByRole('button', { name: /sign in/i }).click()
        await page.getByRole('button', { name: /authorize/i }).waitFor()
        expect(await faults(page)).toEqual([])
        expect(await isAsWideAsTheScreen(page)).toBe(true)
        await page.getByRole('button', { name: /authorize/i }).click()
        await page.waitForURL(/[?&#]code=/)
        await inPage(page, client, 'await app.finish()')
        const body = { did, handle: alice.handle, email: alice.email }
        expect(await call()).toMatchObject({ status: 200, body })
        await inPage(page, client, 'await app.refresh()')
        expect(await call()).toMatchObject({ status: 200, body })
        await inPage(page, client, 'await app.signOut()')
        await page.context().clearCookies()
      }
      await page.close()
    },
    DEADLINE_MS,
  )
})

/**
 * Rules of axe that the page violates, except those that the provider's pages violate in any
 * configuration.
 */
async function faults(page: Page): Promise<readonly string[]> {
  const rules = (await inaccessible(page)).map((fault) => fault.split(':')[0] ?? '')
  return rules.filter((rule) => !OF_THE_PROVIDER.has(rule))
}

const OF_THE_PROVIDER: ReadonlySet<string> = new Set([
  'color-contrast',
  'html-has-lang',
  'label-content-name-mismatch',
  'landmark-one-main',
  'page-has-heading-one',
  'region',
])

const isAsWideAsTheScreen = (page: Page): Promise<unknown> =>
  page.evaluate('document.documentElement.scrollWidth <= innerWidth')
