import { AuthRequiredError } from '@atproto/xrpc-server'
import type { Answers } from './answer.ts'
import { eraAnswers } from './era-answers.ts'

/** Today's answers, where they differ from those of 2022. Clients compare some of the texts. */
export const todaysAnswers: Answers = {
  ...eraAnswers,
  'account-disabled': (cause) =>
    new AuthRequiredError('Account has been taken down', 'AccountTakedown', { cause }),
  'wrong-credentials': (cause) =>
    new AuthRequiredError('Invalid identifier or password', undefined, { cause }),
}
