import { Secp256k1Keypair } from '@atproto/crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openTodaysService, type TodaysService } from '@lexwright/testing/accounts/todays-service'
import { createServiceAuth } from '@lexwright/xrpc/auth'
import type { AccountEvent } from '../events.ts'
import type { ModeratedSubject, Takedown } from '../operator/moderation-port.ts'

const ozone = 'did:web:ozone.test'
const service = 'did:web:pds.test'
const record = 'at://did:web:ozone.test/app.bsky.feed.post/one'
const cid = 'bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a'

describe('the moderation service', () => {
  const takedowns: [ModeratedSubject, Takedown][] = []
  const [account, labeler, stranger] = [0, 0, 0].map(() => Secp256k1Keypair.create())
  const asked: string[] = []
  const observed: AccountEvent[] = []
  let todays: TodaysService
  let address = '192.0.2.1'

  beforeAll(async () => {
    const keys = { atproto: await account, atproto_label: await labeler }
    todays = await openTodaysService({
      policy: { modServiceDid: ozone },
      rateLimits: { clientAddress: () => address },
      observe: (event) => void observed.push(event),
      resolver: {
        handle: { resolve: async () => undefined },
        did: {
          resolve: async (did) => {
            asked.push(did)
            return {
              id: did,
              verificationMethod: Object.entries(keys).map(([name, key]) => ({
                id: `${did}#${name}`,
                type: 'Multikey',
                controller: did,
                publicKeyMultibase: key?.did().slice('did:key:'.length),
              })),
            }
          },
        },
      },
      moderation: {
        describe: async (name) =>
          name.kind === 'record' && name.uri === record
            ? { subject: { ...name, cid }, takedown: { applied: true, ref: 'case 8' } }
            : undefined,
        setTakedown: async (...takedown) => void takedowns.push(takedown),
      },
    })
  })
  afterAll(() => todays.close())

  async function tokenFor(
    method: string,
    { iss = ozone, keypair = account, aud = service } = {},
  ): Promise<string> {
    const signer = await keypair
    if (signer === undefined) throw new Error('there is no key')
    const { authorization } = await createServiceAuth({ iss, aud, keypair: signer })(
      `com.atproto.${method}`,
    )
    return authorization.slice('Bearer '.length)
  }
  const takeDown = async (subject: object, token: string) =>
    await todays.post('admin.updateSubjectStatus', { subject, takedown: { applied: true } }, token)
  const refusal = async (response: Response) => [
    response.status,
    ((await response.json()) as { error: string }).error,
  ]

  it('takes accounts down, with either key, for the method named in its token', async () => {
    const { did } = await todays.signUp('moderated')
    const subject = { $type: 'com.atproto.admin.defs#repoRef', did }
    const own = await tokenFor('admin.updateSubjectStatus')
    expect((await takeDown(subject, own)).status).toBe(200)
    const iss = `${ozone}#atproto_labeler`
    const label = await tokenFor('admin.getAccountInfo', { iss, keypair: labeler })
    expect((await todays.get(`admin.getAccountInfo?did=${did}`, label)).status).toBe(200)
    expect(await refusal(await takeDown(subject, label))).toEqual([401, 'BadJwtLexiconMethod'])
    const { events } = await todays.harness.accounts.operator.showAccount(did)
    expect(events[0]).toMatchObject({ event: 'account.disabled', actor: 'admin' })
  })

  it('moderates records through the host', async () => {
    const token = await tokenFor('admin.updateSubjectStatus')
    const subject = { $type: 'com.atproto.repo.strongRef', uri: record, cid }
    const response = await takeDown(subject, token)
    expect([response.status, await response.json()]).toEqual([
      200,
      { subject, takedown: { applied: true } },
    ])
    expect(takedowns).toEqual([[{ kind: 'record', uri: record, cid }, { applied: true }]])
    const look = await tokenFor('admin.getSubjectStatus')
    const status = async (query: string) =>
      await (await todays.get(`admin.getSubjectStatus?${query}`, look)).json()
    expect(await status(`uri=${encodeURIComponent(record)}`)).toEqual({
      subject,
      takedown: { applied: true, ref: 'case 8' },
    })
    expect(await status(`did=${ozone}&blob=${cid}`)).toMatchObject({ error: 'NotFound' })
    expect(await status(`blob=${cid}`)).toMatchObject({ error: 'InvalidRequest' })
  })

  it('may not call methods of the admin alone', async () => {
    const token = await tokenFor('admin.deleteAccount')
    const response = await todays.post('admin.deleteAccount', { did: ozone }, token)
    expect(response.status).toBe(401)
  })

  it('is the only issuer accepted and the only one whose document is fetched', async () => {
    const did = 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa'
    const look = (token: string) => todays.get(`admin.getAccountInfo?did=${did}`, token)
    const method = 'admin.getAccountInfo'
    expect(await refusal(await look(await tokenFor(method, { iss: 'did:web:evil.test' })))).toEqual(
      [401, 'UntrustedIss'],
    )
    expect(await refusal(await look('no-token'))).toEqual([401, 'UntrustedIss'])
    expect(new Set(asked)).toEqual(new Set([ozone]))
    expect(await refusal(await look(await tokenFor(method, { keypair: stranger })))).toEqual([
      401,
      'BadJwtSignature',
    ])
    expect(observed).toContainEqual({ type: 'authentication-failed', by: 'admin' })
    const aud = 'did:web:other.test'
    expect(await refusal(await look(await tokenFor(method, { aud })))).toEqual([
      401,
      'BadJwtAudience',
    ])
  })

  it('is limited by failures from its address', async () => {
    address = '192.0.2.2'
    const look = (token: string) => todays.get('admin.getAccountInfo?did=did:web:x.test', token)
    for (let failure = 0; failure < 10; failure++) expect((await look('x')).status).toBe(401)
    expect(await refusal(await look(await tokenFor('admin.getAccountInfo')))).toEqual([
      429,
      'RateLimitExceeded',
    ])
  })
})
