import type { AccountModule } from '@lexwright/account'
import type { AccountExtension } from '@lexwright/account/extension'
import type { OAuthStore } from './store/store.ts'

/** A session of an app. */
export interface AppSession {
  readonly clientId: string
  /** The granted scope. */
  readonly scope: string
  readonly createdAt: Date
  /** Time of the last refresh. */
  readonly refreshedAt: Date
}

/** A browser that remembers an account. */
export interface Browser {
  readonly id: string
  readonly userAgent: string | null
  readonly ipAddress: string
  readonly lastSeenAt: Date
  /** When the password was last entered. */
  readonly signedInAt: Date
}

/** Counts over all accounts. */
export interface OAuthCounts {
  /** Sessions of apps. */
  readonly apps: number
  /** Accounts remembered by browsers. */
  readonly browsers: number
}

/** Lists and ends the apps and browsers of an account, given by handle, DID or email address. */
export interface OAuthOperator {
  /** Newest first. */
  listApps(account: string): Promise<readonly AppSession[]>
  /**
   * Ends the sessions of an app, or of all apps, and revokes their consent.
   *
   * @returns the number of sessions.
   */
  revokeApps(account: string, clientId?: string): Promise<number>
  listBrowsers(account: string): Promise<readonly Browser[]>
  /**
   * Signs the account out of a browser, or of all browsers. Apps stay signed in.
   *
   * @returns the number of browsers that remembered it.
   */
  forgetBrowsers(account: string, browserId?: string): Promise<number>
  /** Counts sessions and browsers, including expired rows not removed yet. */
  count(): Promise<OAuthCounts>
}

export function createOAuthOperator(
  accounts: AccountModule,
  extension: AccountExtension,
  store: OAuthStore,
): OAuthOperator {
  const find = async (account: string): Promise<string> =>
    (await accounts.operator.showAccount(account)).did
  const audit = async (
    event: 'app.revoked' | 'browser.forgotten',
    did: string,
    sessions: number,
  ): Promise<void> => {
    if (sessions === 0) return
    const at = await extension.now()
    await extension.audit({ event, actor: 'admin', did, detail: { sessions }, at })
  }

  return {
    listApps: async (account) => {
      const tokens = await store.tokens.list(await find(account))
      return tokens.map(({ clientId, scope, createdAt, updatedAt }) => ({
        clientId,
        scope,
        createdAt,
        refreshedAt: updatedAt,
      }))
    },

    revokeApps: async (account, clientId) => {
      const did = await find(account)
      await store.clients.revoke({ did, clientId })
      const sessions = await store.tokens.endAll({ did, clientId })
      await audit('app.revoked', did, sessions)
      return sessions
    },

    listBrowsers: async (account) => {
      const browsers = await store.devices.list({ did: await find(account) })
      return browsers.map(({ deviceId, device, updatedAt }) => ({
        id: deviceId,
        userAgent: device.userAgent,
        ipAddress: device.ipAddress,
        lastSeenAt: device.lastSeenAt,
        signedInAt: updatedAt,
      }))
    },

    forgetBrowsers: async (account, browserId) => {
      const did = await find(account)
      const browsers = await store.devices.signOut({ did, deviceId: browserId })
      await audit('browser.forgotten', did, browsers)
      return browsers
    },

    count: async () => {
      const [apps, browsers] = await Promise.all([store.tokens.count(), store.devices.count()])
      return { apps, browsers }
    },
  }
}
