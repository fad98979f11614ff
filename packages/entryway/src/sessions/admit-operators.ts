import type { FindHostOperator } from '@lexwright/account/extension'
import type { Hosts } from '../hosts/host.ts'
import type { Passwords } from '../operator/passwords.ts'

interface OperatorParts {
  readonly hosts: Hosts
  readonly passwords: Passwords
}

/** Recognizes the admin password of a host, which the host forwards with some operator methods. */
export function findHostOperator({ hosts, passwords }: OperatorParts): FindHostOperator {
  return async (password) => {
    const dids = await passwords.findHosts(password)
    if (dids.length === 0) return undefined
    return {
      hosts: dids,
      mayChange: async (account) => dids.includes((await hosts.byAccount(account))?.did ?? ''),
    }
  }
}
