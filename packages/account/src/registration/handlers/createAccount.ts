import { AuthRequiredError, InvalidRequestError } from '@atproto/xrpc-server'
import {
  type Handler,
  InvalidPasswordError,
} from '@lexwright/generated/types/com/atproto/server/createAccount'
import type { AccountService } from '../../account-service.ts'
import type { CallerOf } from '../../http/call-limits.ts'
import { serviceCallerOf } from '../../http/service-caller.ts'
import { sessionAnswer } from '../../http/session-answer.ts'
import { tokenAnswer } from '../../http/token-answer.ts'

/** `com.atproto.server.createAccount` */
export function createAccount(
  service: AccountService,
  { callerOf, serviceDid }: { readonly callerOf: CallerOf; readonly serviceDid: string },
): Handler {
  return async ({ input, req, res }) => {
    const { did, plcOp, handle, email, password, recoveryKey, inviteCode } = input.body
    if (plcOp !== undefined) throw new InvalidRequestError('Unsupported input: "plcOp"')
    if (did !== undefined) {
      const issuer = await serviceCallerOf(req, {
        audience: serviceDid,
        method: 'com.atproto.server.createAccount',
        keyOf: (asked) => service.findSigningKey(asked),
      })
      if (issuer !== did) {
        throw new AuthRequiredError(`Missing auth to create account with did: ${did}`)
      }
    }
    if (email === undefined) throw new InvalidRequestError('Email is required')
    if (password === undefined) {
      throw new InvalidPasswordError('Password is required')
    }
    const request = { handle, email, password, inviteCode }
    const caller = callerOf({ req, res })
    const created =
      did === undefined
        ? await service.create({ ...request, recoveryKey }, caller)
        : await service.moveIn({ ...request, did }, caller)
    const { didDoc } = sessionAnswer(await service.describeSession(created.did))
    return tokenAnswer(req, { ...created, ...(didDoc && { didDoc }) })
  }
}
