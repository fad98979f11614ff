import { AccessDeniedError } from '@atproto/oauth-provider/errors'
import type { RequestStore } from '@atproto/oauth-provider/store'
import { currentRequest } from '../request-context.ts'
import type { AuthorizationRequest } from '../store/request-store.ts'
import type { OAuthStore } from '../store/store.ts'
import { answering } from './errors.ts'

type RequestData = NonNullable<Awaited<ReturnType<RequestStore['readRequest']>>>

/**
 * Authorization requests for the provider. It reads, decides and then writes; the statements check
 * the decision again.
 */
export function createRequestStore({ requests }: OAuthStore): RequestStore {
  return {
    createRequest: (id, { clientId, clientAuth, parameters, deviceId, did, expiresAt }) =>
      answering('request', () =>
        requests.create({ id, clientId, clientAuth, parameters, deviceId, did, expiresAt }),
      ),

    readRequest: (id) =>
      answering('request', async () => {
        const found = await requests.find(id)
        return found === undefined ? null : toData(found, null)
      }),

    updateRequest: (id, { deviceId, did, code, parameters, expiresAt }) =>
      answering('request', async () => {
        const now = new Date()
        if (did && code && parameters && expiresAt) {
          if (await requests.consent({ id, did, code, parameters, expiresAt, now })) return
          throw new AccessDeniedError(parameters, 'The sign-in has expired, or was used already')
        }
        if (expiresAt === undefined) throw new TypeError('A request needs a time of expiry')
        const opened = { id, deviceId: deviceId ?? undefined, expiresAt, now }
        if (await requests.open(opened)) return
        const found = await requests.find(id)
        throw new AccessDeniedError(
          (found === undefined ? {} : found.parameters) as RequestData['parameters'],
          'This request was opened in another browser, or authorized already',
        )
      }),

    deleteRequest: (id) =>
      answering('request', () => requests.delete(id, currentRequest()?.deviceId)),

    consumeRequestCode: (code) =>
      answering('grant', async () => {
        const found = await requests.consume(code)
        return found === undefined
          ? null
          : { requestId: found.id as `req-${string}`, data: toData(found, code) }
      }),
  }
}

/** @param code as presented; the store only has its hash. */
function toData(request: AuthorizationRequest, code: RequestData['code']): RequestData {
  return {
    clientId: request.clientId,
    clientAuth: request.clientAuth as RequestData['clientAuth'],
    parameters: request.parameters as RequestData['parameters'],
    expiresAt: request.expiresAt,
    deviceId: request.deviceId as RequestData['deviceId'],
    did: request.did as RequestData['did'],
    code,
  }
}
