import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { freePort } from '@lexwright/testing/network/free-port'
import {
  type Browser,
  hasBrowser,
  openBrowser,
  type Page,
} from '@lexwright/testing/third-party/browser'
import { bundleBrowserClients } from '@lexwright/testing/third-party/oauth-browser-clients'
import { type AccountDirectory, startAccountDirectory } from './testing/directory.ts'
import { PASSWORD } from './testing/service.ts'
import { openTwoProcesses, type Processes } from './testing/two-processes.ts'

const SCOPE = 'atproto transition:generic'

const run = hasBrowser('browser-clients.network.test.ts') ? describe : describe.skip

run('an app in a browser', () => {
  let processes: Processes
  let directory: AccountDirectory
  let browser: Browser
  let app: Server
  let page: Page
  let redirectUri: string
  let did: string
  beforeAll(async () => {
    processes = await openTwoProcesses()
    directory = await startAccountDirectory(processes.service.accounts)
    did = await processes.service.create('alice')
    const script = await bundleBrowserClients()
    const port = await freePort()
    redirectUri = `http://127.0.0.1:${port}/`
    app = createServer((_req, res) => {
      res.setHeader('Content-Type', 'text/html; charset=utf-8')
      res.end(`<!doctype html><html lang="en"><title>App</title><script>${script}</script></html>`)
    })
    await new Promise<void>((resolve) => app.listen(port, '127.0.0.1', resolve))
    browser = await openBrowser({ javaScriptEnabled: true, width: 390 })
    page = await browser.context.newPage()
  })
  afterAll(async () => {
    await browser.close()
    app.closeAllConnections()
    app.close()
    directory.close()
    await processes.close()
  })

  /**
   * Runs code in the page of the app. It is passed as text, so it cannot use variables of this
   * file.
   */
  const inPage = async (client: string, steps: string): Promise<unknown> => {
    const query = new URLSearchParams({ redirect_uri: redirectUri, scope: SCOPE })
    const options = {
      clientId: `http://localhost?${query}`,
      redirectUri,
      scope: SCOPE,
      service: processes.service.origin,
      plcDirectoryUrl: directory.url,
    }
    return await page.evaluate(`(async () => {
      globalThis.app ??= oauthApps[${JSON.stringify(client)}](${JSON.stringify(options)})
      ${steps}
    })()`)
  }
  const logIn = async (client: string): Promise<void> => {
    await page.goto(redirectUri)
    // The page navigates away before this call can return.
    await inPage(
      client,
      `void app.signIn('alice.test').catch((error) => document.title = String(error))`,
    )
    await page.waitForURL(/\/oauth\/authorize/)
    await page.getByRole('textbox', { name: /password/i }).fill(PASSWORD)
    await page.getByRole('button', { name: /sign in/i }).click()
    await page.getByRole('button', { name: /authorize/i }).click()
    await page.waitForURL(/[?&#]code=|&code=/)
    await inPage(client, 'await app.finish()')
  }

  it.each(['official', 'atcute'])(
    'logs in on a phone with the %s client, calls, refreshes, logs out, and logs in again',
    async (client) => {
      const call = () =>
        inPage(client, `return await app.call('/xrpc/com.atproto.server.getSession')`)
      for (let login = 0; login < 2; login++) {
        await logIn(client)
        expect(await call()).toMatchObject({ status: 200, body: { type: 'app', did } })
        await inPage(client, 'await app.refresh()')
        expect(await call()).toMatchObject({ status: 200, body: { did } })
        await inPage(client, 'await app.signOut()')
        await page.context().clearCookies()
      }
    },
  )
})
