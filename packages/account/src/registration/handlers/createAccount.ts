import { AuthRequiredError, InvalidRequestError } from '@atproto/xrpc-server'
import {
  type Handler,
  InvalidPasswordError,
} from '@lexwright/generated/types/com/atproto/server/createAccount'
import type { AccountService } from '../../account-service.ts'
import type { CallerOf } from '../../http/call-limits.ts'
import { sessionAnswer } from '../../http/session-answer.ts'
import { tokenAnswer } from '../../http/token-answer.ts'

/** `com.atproto.server.createAccount` */
export function createAccount(service: AccountService, callerOf: CallerOf): Handler {
  return async ({ input, req, res }) => {
    const { did, plcOp, handle, email, password, recoveryKey, inviteCode } = input.body
    if (plcOp !== undefined) throw new InvalidRequestError('Unsupported input: "plcOp"')
    if (did !== undefined) {
      throw new AuthRequiredError(`Missing auth to create account with did: ${did}`)
    }
    if (email === undefined) throw new InvalidRequestError('Email is required')
    if (password === undefined) {
      throw new InvalidPasswordError('Password is required')
    }
    const request = { handle, email, password, recoveryKey, inviteCode }
    const created = await service.create(request, callerOf({ req, res }))
    const { didDoc } = sessionAnswer(await service.describeSession(created.did))
    return tokenAnswer(req, { ...created, ...(didDoc && { didDoc }) })
  }
}
