import { expect, it } from '@jest/globals'
import { createSafeFetch } from './safe-fetch.ts'

it.each([
  ['https://127.0.0.1', 'Hostname is a non-unicast address'],
  ['https://[::1]', 'Hostname is a non-unicast address'],
  ['https://localhost', 'Hostname is not a public domain'],
  ['http://pds.example.com', 'Forbidden protocol "http:"'],
])('sends nothing to %s', async (url, reason) => {
  const refusal = await createSafeFetch()(url, { redirect: 'error' }).catch((cause) => cause)
  const { cause = refusal } = refusal
  expect(cause.message).toContain(reason)
})
