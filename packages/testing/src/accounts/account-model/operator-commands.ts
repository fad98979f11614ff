import { AccountNotFound, WrongAccountStatus } from '@lexwright/account'
import {
  at,
  type Command,
  command,
  forgetReset,
  markDeleted,
  refusedAs,
  succeeded,
} from './steps.ts'

let passwords = 0

export const operatorActions = [
  'disable',
  'enable',
  'delete',
  'restore',
  'purge',
  'setPassword',
] as const

export const operate = (index: number, action: (typeof operatorActions)[number]): Command =>
  command(`operator.${action}(${index})`, async (model, system) => {
    const { operator } = system.harness.accounts
    const slot = at(model.slots, index)
    const now = system.harness.clock.now()
    const name = slot.did ?? slot.handle
    const password = `operator password ${++passwords}`
    const outcome = await system.run<unknown>(() =>
      action === 'setPassword'
        ? operator.setPassword(name, password)
        : operator[`${action}Account`](name),
    )
    if (slot.status === 'none') return refusedAs(outcome, AccountNotFound)
    const isUsable = slot.status === 'active' || slot.status === 'disabled'
    const isPossible = {
      disable: slot.status === 'active',
      enable: slot.status === 'disabled',
      delete: isUsable,
      restore: slot.status === 'deleted' && slot.purgeAfter !== undefined && slot.purgeAfter > now,
      purge: slot.status === 'deleted',
      setPassword: isUsable,
    }
    if (!isPossible[action]) return refusedAs(outcome, WrongAccountStatus)
    succeeded(outcome)
    if (action === 'disable') {
      slot.status = 'disabled'
      for (const session of slot.sessions) session.isRevoked = true
      forgetReset(slot)
    } else if (action === 'enable') slot.status = 'active'
    else if (action === 'delete') markDeleted(slot, now)
    else if (action === 'restore') slot.status = slot.wasDisabled ? 'disabled' : 'active'
    else if (action === 'purge') slot.status = 'held'
    else {
      slot.password = password
      slot.epoch++
      forgetReset(slot)
    }
  })
