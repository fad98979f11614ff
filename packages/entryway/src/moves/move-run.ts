import type { AccountOperator, DidUpdates } from '@lexwright/account'
import type { AccountExtension } from '@lexwright/account/extension'
import type { Hosts } from '../hosts/host.ts'
import type { HostClient } from '../hosts/host-client.ts'
import type { ArrivalStore } from '../store/arrival-store.ts'
import type { ClaimedMove, MoveStore } from '../store/move-store.ts'
import type { PlacementStore } from '../store/placement-store.ts'
import type { HostCopy, Route } from './host-copy.ts'
import { MoveError, type MoveProgress } from './move.ts'

export interface MoveRunParts {
  readonly extension: Pick<
    AccountExtension,
    'audit' | 'followLog' | 'logger' | 'now' | 'rotationKey' | 'signUpdate'
  >
  readonly accounts: Pick<AccountOperator, 'showAccount'>
  readonly updates: DidUpdates
  readonly hosts: Hosts
  readonly client: HostClient
  readonly copy: HostCopy
  readonly placements: PlacementStore
  readonly moves: MoveStore
  readonly arrivals: ArrivalStore
}

/** A move that this process has claimed. */
export interface MoveRun extends MoveRunParts {
  readonly claim: ClaimedMove
  readonly route: Route
  readonly report: (progress: MoveProgress) => void
  /** When the unanswered request to create the account was sent to the new host. */
  readonly sent: { at: Date | undefined }
}

export function overtaken(): MoveError {
  return new MoveError('busy', 'Another process has taken over the move')
}
