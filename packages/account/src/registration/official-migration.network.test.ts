import { AtpAgent } from '@atproto/api'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestClock } from '@lexwright/testing/accounts/account-harness'
import {
  openTodaysService,
  TEST_PASSWORD as password,
  type TodaysService,
} from '@lexwright/testing/accounts/todays-service'
import { openSmtpRecorder, type SmtpRecorder } from '@lexwright/testing/network/smtp-recorder'
import {
  type OfficialPds,
  startOfficialPds,
} from '@lexwright/testing/official-pds/start-official-pds'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { createPlcIdentity } from '../identity/plc-identity.ts'

const lxm = 'com.atproto.server.createAccount'

describe('the official PDS and accounts', () => {
  let directory: PlcDirectory
  let smtp: SmtpRecorder
  let pds: OfficialPds
  let service: TodaysService

  beforeAll(async () => {
    directory = await startPlcDirectory()
    smtp = await openSmtpRecorder()
    pds = await startOfficialPds({
      // It fetches nothing from hosts given by IP address.
      plcUrl: directory.url.replace('127.0.0.1', 'localhost'),
      env: { PDS_EMAIL_SMTP_URL: smtp.url, PDS_EMAIL_FROM_ADDRESS: 'pds@example.com' },
    })
    service = await openTodaysService({
      identity: createPlcIdentity({ url: directory.url, retryPauseMs: 5 }),
      // The PDS uses the real time.
      clock: createTestClock(new Date()),
      policy: { handleDomains: ['.here.test'] },
    })
  })
  afterAll(async () => {
    await service.close()
    await pds.close()
    await smtp.close()
    await directory.close()
  })

  /** A host from the view of an app that moves accounts. */
  interface Host {
    readonly url: string
    /** The code in the newest mail about an operation. */
    codeFor(email: string): Promise<string>
  }
  const official = (): Host => ({
    url: pds.url,
    codeFor: async () => /[A-Z2-7]{5}-[A-Z2-7]{5}/.exec(newestMail(smtp.wire()))?.[0] ?? '',
  })
  const ours = (): Host => ({
    url: service.harness.url,
    codeFor: (email) => service.codeFor(email, /^Change the identity/),
  })
  const signUp = async ({ url }: Host, handle: string) => {
    const agent = new AtpAgent({ service: url })
    await agent.createAccount({ handle, email: `${handle}@example.com`, password })
    return agent
  }

  async function move(agent: AtpAgent, from: Host, to: Host, handle: string): Promise<AtpAgent> {
    const did = agent.assertDid
    const email = agent.session?.email ?? ''
    const arrived = new AtpAgent({ service: to.url })
    const { data: described } = await arrived.com.atproto.server.describeServer()
    const exp = Math.floor(Date.now() / 1000) + 10 * 60
    const { data: auth } = await agent.com.atproto.server.getServiceAuth({
      aud: described.did,
      lxm,
      exp,
    })
    const headers = { authorization: `Bearer ${auth.token}` }
    const { data } = await arrived.com.atproto.server.createAccount(
      { did, handle, email, password },
      { headers, encoding: 'application/json' },
    )
    expect(data).toMatchObject({ did, handle })
    // Until the move, the DID refers the client to the former host.
    const as = { headers: { authorization: `Bearer ${data.accessJwt}` } }
    const { identity, server } = arrived.com.atproto
    const { data: wanted } = await identity.getRecommendedDidCredentials(undefined, as)
    await agent.com.atproto.identity.requestPlcOperationSignature()
    const token = await from.codeFor(email)
    const { data: signed } = await agent.com.atproto.identity.signPlcOperation({ token, ...wanted })
    await identity.submitPlcOperation(signed, { ...as, encoding: 'application/json' })
    await server.activateAccount(undefined, as)
    await agent.com.atproto.server.deactivateAccount({})
    await arrived.login({ identifier: handle, password })
    expect(arrived.session).toMatchObject({ did, handle, active: true })
    expect(arrived.sessionManager.dispatchUrl.origin).toBe(to.url)
    return arrived
  }

  it('move one in, out, and in again', async () => {
    const agent = await signUp(official(), 'alice.test')
    const here = await move(agent, official(), ours(), 'alice.here.test')
    const there = await move(here, ours(), official(), 'alicia.test').catch(
      (error: unknown) => error,
    )
    // The PDS already has a row for it and takes no account back.
    expect(there).toMatchObject({ success: false, status: expect.any(Number) })
  })

  it('move one out, and in again', async () => {
    const agent = await signUp(ours(), 'bob.here.test')
    const there = await move(agent, ours(), official(), 'bob.test')
    const back = await move(there, official(), ours(), 'bobby.here.test')
    const { data } = await back.com.atproto.server.getSession()
    expect(data).toMatchObject({ handle: 'bobby.here.test', active: true })
    const log = await directory.log(agent.assertDid)
    expect(log.map((each) => (each as { alsoKnownAs: string[] }).alsoKnownAs[0])).toEqual([
      'at://bob.here.test',
      'at://bob.test',
      'at://bobby.here.test',
    ])
  })
})

function newestMail(wire: string): string {
  return wire.slice(wire.lastIndexOf('DATA'))
}
