import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
} from '@lexwright/testing/accounts/account-harness'
import { sql } from 'kysely'
import { DidDeactivated, DidNotFound, HandleNotFound, UnresolvableHandle } from '../errors.ts'

const stranger = 'did:web:bob.example.com'

describe('identities', () => {
  let database: TestDatabase
  let harness: AccountHarness
  let did: string
  const handles = new Map([
    ['bob.example.com', stranger],
    ['liar.example.com', 'did:web:liar.example.com'],
  ])
  const documents = new Map<string, object>([
    [stranger, { id: stranger, alsoKnownAs: ['at://bob.example.com'] }],
    [
      'did:web:liar.example.com',
      { id: 'did:web:liar.example.com', alsoKnownAs: ['at://alice.test'] },
    ],
  ])

  beforeAll(async () => {
    database = await openAccountDatabase()
    harness = await openAccountHarness(database.db, {
      resolver: {
        handle: { resolve: async (handle) => handles.get(handle) },
        did: {
          resolve: async (asked) => {
            if (asked === 'did:web:broken.example.com') throw new Error('no route to host')
            return documents.get(asked) ?? null
          },
        },
      },
    })
    const created = await harness.accounts.service.create(
      { handle: 'alice.test', email: 'alice@example.com', password: 'correct horse battery' },
      'unlimited',
    )
    did = created.did
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })

  it('are found by handles of accounts here and elsewhere', async () => {
    const { service } = harness.accounts
    expect(await service.resolveAnyHandle('Alice.test')).toBe(did)
    expect(await service.resolveAnyHandle('bob.example.com')).toBe(stranger)
    await expect(service.resolveAnyHandle('nobody.test')).rejects.toThrow(HandleNotFound)
    for (const handle of ['nobody.example.com', 'no handle']) {
      await expect(service.resolveAnyHandle(handle)).rejects.toThrow(UnresolvableHandle)
    }
  })

  it('are returned whole, with a handle verified in both directions', async () => {
    const { service } = harness.accounts
    const own = { did, handle: 'alice.test', didDoc: { id: did, alsoKnownAs: ['at://alice.test'] } }
    expect(await service.resolveIdentity(did)).toMatchObject(own)
    expect(await service.resolveIdentity('alice.test')).toMatchObject(own)
    expect(await service.refreshIdentity('bob.example.com', 'unlimited')).toMatchObject({
      did: stranger,
      handle: 'bob.example.com',
    })
    for (const identifier of ['liar.example.com', 'did:web:liar.example.com']) {
      expect(await service.resolveIdentity(identifier)).toMatchObject({
        did: 'did:web:liar.example.com',
        handle: 'handle.invalid',
      })
    }
    await expect(service.resolveIdentity('nobody.example.com')).rejects.toThrow(HandleNotFound)
  })

  it('have documents, unless they are unknown or tombstoned', async () => {
    const { service } = harness.accounts
    expect(await service.resolveDid(stranger)).toEqual(documents.get(stranger))
    for (const unknown of ['did:web:nobody.example.com', 'did:web:broken.example.com', 'did:']) {
      await expect(service.resolveDid(unknown)).rejects.toThrow(DidNotFound)
    }
    const tombstone = JSON.stringify({ type: 'plc_tombstone', prev: 'x', sig: 'x' })
    await sql`insert into lexwright_account.did_log (did, position, operation)
      values (${did}, 1, ${tombstone})`.execute(database.db)
    await expect(service.resolveDid(did)).rejects.toThrow(DidDeactivated)
    await expect(service.resolveIdentity('alice.test')).rejects.toThrow(DidDeactivated)
  })
})
