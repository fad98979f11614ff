import {
  HandleUnavailableError,
  InvalidRequestError,
  SecondAuthenticationFactorRequiredError,
} from '@atproto/oauth-provider/errors'
import type { AccountStore, AuthorizedClients } from '@atproto/oauth-provider/store'
import { type AccountService, AuthFactorRequired } from '@lexwright/account'
import type { Caller } from '@lexwright/account/extension'
import { currentRequest } from '../request-context.ts'
import type { OAuthStore } from '../store/store.ts'
import type { Account, ToAccount } from './account.ts'
import { answeringAll } from './errors.ts'

export interface AccountStoreParts {
  readonly service: AccountService
  readonly store: OAuthStore
  readonly toAccount: ToAccount
  readonly caller: () => Caller
  readonly signUp: boolean
  /** Called with the session epoch of an account whose password was right. */
  readonly proven: (account: Account, epoch: number) => void
}

/** Accounts for the provider's pages: rules, rate limits and mails are the account module's. */
export function createAccountStore(parts: AccountStoreParts): AccountStore {
  const { service, store, toAccount, caller, signUp, proven } = parts

  /** For a browser, only if it is signed in to the account now. */
  const find = async (did: string): Promise<Account> => {
    const deviceId = currentRequest()?.deviceId
    const found = await store.devices.findAccount({ did, deviceId, now: new Date() })
    if (found === undefined) throw new InvalidRequestError('Account not found')
    return await toAccount(found)
  }
  /** After a change, without a sign-in in the browser. */
  const view = async (did: string): Promise<Account> => {
    const found = await store.devices.findAccount({ did, deviceId: undefined, now: new Date() })
    if (found === undefined) throw new InvalidRequestError('Account not found')
    return await toAccount(found)
  }
  const clientsOf = async (dids: readonly string[]): Promise<Map<string, AuthorizedClients>> => {
    const clients = new Map<string, AuthorizedClients>(dids.map((did) => [did, new Map()]))
    for (const { did, clientId, scopes } of await store.clients.list(dids)) {
      clients.get(did)?.set(clientId, { authorizedScopes: scopes })
    }
    return clients
  }
  const listDeviceAccounts = async (of: Parameters<OAuthStore['devices']['list']>[0]) => {
    const found = await store.devices.list(of)
    const clients = await clientsOf([...new Set(found.map(({ account }) => account.did))])
    return await Promise.all(
      found.map(async ({ deviceId, device, account, createdAt, updatedAt }) => ({
        deviceId: deviceId as `dev-${string}`,
        deviceData: { ...device, sessionId: device.sessionId as `ses-${string}` },
        account: await toAccount(account),
        authorizedClients: clients.get(account.did) ?? new Map(),
        createdAt,
        updatedAt,
      })),
    )
  }

  return answeringAll<AccountStore>('request', {
    createAccount: async ({ email, password, handle, inviteCode }) => {
      if (!signUp) throw new InvalidRequestError('Sign-up is turned off')
      const request = { email, password, handle, ...(inviteCode !== undefined && { inviteCode }) }
      const { did, refreshJwt } = await service.create(request, caller())
      // The browser is signed in without a session of the module.
      await service.logOut(refreshJwt)
      const account = await view(did)
      proven(account, (await store.devices.findEpoch(did)) ?? 0)
      return account
    },

    authenticateAccount: async ({ username, password, emailOtp }) => {
      const request = { name: username, password, authFactorToken: emailOtp }
      try {
        const { did, epoch } = await service.authenticateOwner(request, caller())
        const account = await view(did)
        proven(account, epoch)
        return account
      } catch (error) {
        if (!(error instanceof AuthFactorRequired)) throw error
        throw new SecondAuthenticationFactorRequiredError('emailOtp', 'your mailbox', error)
      }
    },

    setAuthorizedClient: async (did, clientId, { authorizedScopes }) => {
      const { deviceId, granted } = currentRequest() ?? {}
      if (deviceId === undefined || granted === undefined) return
      // The provider passes all requested scopes, even if only some were granted.
      const scopes = authorizedScopes.filter((scope) => granted.has(scope))
      await store.clients.authorize({ did, clientId, scopes, deviceId, now: new Date() })
    },

    getAccount: async (did) => {
      const account = await find(did)
      const clients = await clientsOf([did])
      return { account, authorizedClients: clients.get(did) ?? new Map() }
    },

    upsertDeviceAccount: async (deviceId, did) => {
      if (await store.devices.remember({ deviceId, did, now: new Date() })) return
      throw new InvalidRequestError('The account has changed; sign in again')
    },

    getDeviceAccount: async (deviceId, did) =>
      (await listDeviceAccounts({ deviceId, did }))[0] ?? null,

    removeDeviceAccount: (deviceId, did) => store.devices.forget({ deviceId, did }),

    listDeviceAccounts: (of) => listDeviceAccounts(of),

    resetPasswordRequest: async ({ email }) => {
      await service.requestPasswordReset(email, caller())
      return null
    },

    resetPasswordConfirm: async ({ token, password }) =>
      await view(await service.resetPassword({ token, password }, caller())),

    updateEmailRequest: ({ did }) => service.requestEmailChange(did, caller()),

    updateEmailConfirm: async ({ did, email, token }) => {
      await service.changeEmail({ did, email, token }, caller())
      await service.requestEmailConfirmation(did, caller())
      return await view(did)
    },

    verifyEmailRequest: ({ did }) => service.requestEmailConfirmation(did, caller()),

    verifyEmailConfirm: async ({ did, email, token }) => {
      await service.confirmEmail({ did, email, token }, caller())
      return await view(did)
    },

    verifyHandleAvailability: async (handle) => {
      const { isAvailable } = await service.checkHandleAvailability(handle, caller())
      if (!isAvailable) throw new HandleUnavailableError('taken')
    },

    updateHandle: async ({ did, handle }) => {
      await service.changeHandle({ did, handle }, caller())
      return await view(did)
    },

    deactivateAccount: async ({ did, deleteAfter }) => {
      await service.deactivateAccount({
        did,
        deleteAfter: deleteAfter === undefined ? undefined : new Date(deleteAfter),
      })
      return await view(did)
    },

    reactivateAccount: async ({ did }) => {
      await service.activateAccount(did)
      return await view(did)
    },

    deleteAccountRequest: ({ did }) => service.requestDeletion(did, caller()),

    deleteAccountConfirm: ({ did, token, password }) =>
      service.confirmDeletion({ did, token, password }, caller()),
  })
}
