import { createTestBrowser } from '../../packages/oauth/src/testing/browser.ts'

/*
 * Replaces the reader's browser while documents are tested: `sign-in.ts URL PASSWORD` follows an app to the
 * authorization server, signs in, authorizes the app, and follows the redirect back.
 */
const [url = '', password = ''] = process.argv.slice(2)
const username = new URL(url).searchParams.get('handle')

const left = await fetch(url, { redirect: 'manual' })
const location = left.headers.get('location')
if (location === null) throw new Error(`${url} answered ${left.status}: ${await left.text()}`)
const page = new URL(location)
const browser = createTestBrowser(page.origin)
await browser.open(`${page.pathname}${page.search}`)
const signedIn = await browser.call('/sign-in', { locale: 'en', username, password })
const { account, ephemeralToken } = signedIn.body
const consented = await browser.call('/consent', { did: account.did }, ephemeralToken)
const { headers } = await browser.follow(consented.body.url)
await fetch(headers.location ?? '', { redirect: 'manual' })
