import { afterAll, beforeAll, describe, it } from '@jest/globals'
import type { Program } from '@lexwright/testing/programs/program'
import {
  accountOf,
  cleanUp,
  directory,
  person,
  start,
} from '@lexwright/testing/programs/running-programs'
import { type Browser, hasBrowser, openBrowser } from '@lexwright/testing/third-party/browser'
import { type ExampleApp, startExampleApp } from '@lexwright/testing/third-party/oauth-example-app'

const alice = person('alice')
const DEADLINE_MS = 120_000

const describeInBrowser = hasBrowser('oauth.network.test.ts') ? describe : describe.skip

describeInBrowser('the official example of an app, and the program', () => {
  let program: Program
  let did: string
  let browser: Browser
  let app: ExampleApp
  beforeAll(async () => {
    program = await start(await directory(), {
      PDS_OAUTH_ENABLED: 'true',
      PDS_SERVICE_NAME: 'Bergamot',
      PDS_PRIMARY_COLOR: '#0a5c7a',
    })
    const { data } = await accountOf(program).create(alice)
    did = data.did
    app = await startExampleApp()
    browser = await openBrowser({ javaScriptEnabled: true, width: 1280 })
  }, DEADLINE_MS)
  afterAll(async () => {
    await browser?.close()
    await app?.close()
    await cleanUp()
  })

  it(
    'sign in a person whom the browser remembers',
    async () => {
      const page = await browser.context.newPage()
      await page.goto(app.addressFor(program.url, 'atproto transition:generic'))
      await page.locator('[name=identifier]').fill(alice.handle)
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/oauth\/authorize/)
      await page.getByText('Bergamot').first().waitFor()
      await page.getByRole('textbox', { name: /password/i }).fill(alice.password)
      await page.getByRole('checkbox', { name: /remember/i }).check()
      await page.getByRole('button', { name: /sign in/i }).click()
      await page.getByRole('button', { name: /authorize/i }).click()
      await page.waitForURL(/^http:\/\/127\.0\.0\.1/)
      // The page itself calls `getSession` and the token endpoint.
      await page.getByText(`"did": "${did}"`).waitFor()
      await page.getByText(`"iss": "${program.url}"`).waitFor()

      await page.goto(`${program.url}/account`)
      await page.getByText(alice.handle).first().waitFor()
      await page.close()
    },
    DEADLINE_MS,
  )
})
