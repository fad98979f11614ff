import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidGrantError } from '@atproto/oauth-provider/errors'
import type { TokenInfo, TokenStore } from '@atproto/oauth-provider/store'
import { isDatabaseUnavailable } from '@lexwright/account/extension'
import { currentRequest } from '../request-context.ts'
import type { OAuthStore } from '../store/store.ts'
import type { AppToken, Rotation } from '../store/token-store.ts'
import type { ToAccount } from './account.ts'
import { answering } from './errors.ts'

/** Attempts of a rotation during a fail-over. The provider drops a session whose rotation fails. */
const ROTATION_ATTEMPTS = 4
const ROTATION_PAUSE_MS = 150

/** Sessions of apps for the provider. */
export function createTokenStore({ tokens }: OAuthStore, toAccount: ToAccount): TokenStore {
  const toInfo = async (token: AppToken, current: TokenInfo['currentRefreshToken']) => ({
    id: token.tokenId as TokenInfo['id'],
    account: await toAccount(token.account),
    currentRefreshToken: current,
    data: {
      createdAt: token.createdAt,
      updatedAt: token.updatedAt,
      expiresAt: token.expiresAt,
      clientId: token.clientId,
      clientAuth: token.clientAuth as TokenInfo['data']['clientAuth'],
      deviceId: token.deviceId as TokenInfo['data']['deviceId'],
      did: token.account.did as TokenInfo['data']['did'],
      parameters: token.parameters as TokenInfo['data']['parameters'],
      details: null,
      // The store only has hashes of codes.
      code: null,
      scope: token.scope,
    },
  })

  return {
    createToken: (tokenId, data, refreshToken) =>
      answering('grant', async () => {
        if (data.code === null) throw new InvalidGrantError('Invalid code')
        const { did, clientId, clientAuth, deviceId, parameters, scope, code } = data
        const { createdAt, updatedAt, expiresAt } = data
        const isCreated = await tokens.create({
          ...{ tokenId, did, clientId, clientAuth, deviceId, parameters, scope, code },
          ...{ createdAt, updatedAt, expiresAt, refreshToken },
        })
        if (!isCreated) throw new InvalidGrantError('Invalid code')
      }),

    readToken: (tokenId) =>
      answering('token', async () => {
        const token = await tokens.find(tokenId)
        if (token === undefined) return null
        const context = currentRequest()
        if (context !== undefined) context.account = token.account
        return await toInfo(token, null)
      }),

    // The provider deletes the session after every error, even one unrelated to the session.
    deleteToken: (tokenId) =>
      answering('grant', async () => {
        if (currentRequest()?.hasFailed !== true) await tokens.end(tokenId)
      }),

    rotateToken: (tokenId, newTokenId, newRefreshToken, { clientAuth, scope, ...times }) =>
      answering('grant', async () => {
        const presented = currentRequest()?.refreshToken
        const rotation = { tokenId, newTokenId, newRefreshToken, clientAuth, scope, presented }
        if (await rotateWithRetries(tokens, { ...rotation, ...times })) return
        throw new InvalidGrantError('The refresh token was used by another request')
      }),

    findTokenByRefreshToken: (refreshToken) =>
      answering('grant', async () => {
        const context = currentRequest()
        const waited = context === undefined ? 0 : performance.now() - context.began
        const found = await tokens.findByRefreshToken(refreshToken, waited)
        if (found === undefined || found.state === 'concurrent') return null
        if (found.state === 'replayed') {
          await tokens.endReplayed(refreshToken)
          return null
        }
        if (context !== undefined) context.refreshToken = refreshToken
        return await toInfo(found.token, refreshToken)
      }),

    findTokenByCode: (code) =>
      answering('grant', async () => {
        const token = await tokens.findByCode(code)
        return token === undefined ? null : await toInfo(token, null)
      }),

    listAccountTokens: (did) =>
      answering('request', async () => {
        const found = await tokens.list(did)
        return await Promise.all(found.map((token) => toInfo(token, null)))
      }),
  }
}

/**
 * Rotates despite broken connections: checks for a rotation with a lost answer before trying again.
 */
async function rotateWithRetries(
  tokens: OAuthStore['tokens'],
  rotation: Rotation,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      if (await tokens.rotate(rotation)) return true
      return attempt > 1 && (await tokens.find(rotation.newTokenId)) !== undefined
    } catch (error) {
      if (attempt === ROTATION_ATTEMPTS || !isDatabaseUnavailable(error)) throw error
      await sleep(ROTATION_PAUSE_MS * attempt)
    }
  }
}
