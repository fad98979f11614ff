import type { AccountModule } from '@lexwright/account'
import { type AccountExtension, TOKEN_TYPES } from '@lexwright/account/extension'
import type { Host } from '../hosts/host.ts'
import { inOrderOfWeight } from '../hosts/pick-host.ts'
import type { CopyStore } from '../store/copy-store.ts'
import { carryOut, LEASE_SECONDS } from './carry-out.ts'
import { createHostCopy } from './host-copy.ts'
import { type Move, MoveError, type MoveProgress } from './move.ts'
import type { MoveRunParts } from './move-run.ts'
import { createCopies } from './remove-copies.ts'

export interface MoveOptions {
  readonly report?: (progress: MoveProgress) => void
}

export interface DrainOptions extends MoveOptions {
  /** Accounts moved concurrently; 4 by default. */
  readonly parallel?: number
}

/** The outcome of a drain. */
export interface DrainReport {
  readonly moved: number
  /** Accounts that were not moved, with reasons. */
  readonly failed: readonly { readonly account: string; readonly reason: string }[]
}

/** Moves accounts between hosts, which are named by their DIDs. */
export interface Moves {
  /**
   * Moves an account, or continues its move. Resolves when the move is complete.
   *
   * @param account its DID, handle or email address.
   * @throws {MoveError}
   */
  move(account: string, to: string, options?: MoveOptions): Promise<void>
  /**
   * Moves all accounts of a host to open hosts, by weight. The host should be draining. Repeat the
   * call to continue.
   */
  drain(host: string, options?: DrainOptions): Promise<DrainReport>
  /** Unfinished moves, oldest first. */
  list(): Promise<readonly Move[]>
}

interface MovesParts extends Omit<MoveRunParts, 'accounts' | 'copy'> {
  readonly extension: MoveRunParts['extension'] & Pick<AccountExtension, 'policy' | 'tokens'>
  readonly accounts: AccountModule['operator']
  readonly fetch: typeof globalThis.fetch
  readonly safeFetch: typeof globalThis.fetch
  readonly copies: CopyStore
  readonly passwordOf: (did: string) => Promise<string>
  readonly random: () => number
}

export interface MovesWithJob extends Moves {
  /** Continues due moves, and removes old copies. */
  runDue(signal: AbortSignal): Promise<void>
  /**
   * Continues the move of an account from a PDS that is not a host.
   *
   * @returns false if another process holds it, or it has ended.
   * @throws {MoveError}
   */
  receive(did: string, signal: AbortSignal): Promise<boolean>
}

const PARALLEL = 4
/** Lifetime of the token for one request, which a host may not read at once. */
const TOKEN_SECONDS = 5 * 60

export function createMoves(parts: MovesParts): MovesWithJob {
  const { accounts, extension, hosts, moves, random } = parts
  const copy = createHostCopy({ ...parts, tokenOf: (did, host) => sign(parts, did, host) })
  const runParts: MoveRunParts = { ...parts, copy }
  const copies = createCopies({ ...parts, store: parts.copies })

  async function times(): Promise<{ readonly now: Date; readonly leaseEnd: Date }> {
    const now = await extension.now()
    return { now, leaseEnd: new Date(now.getTime() + LEASE_SECONDS * 1000) }
  }

  async function begin(account: string, to: string): Promise<string> {
    const { did, status, purgedAt } = await accounts.showAccount(account)
    const [from, target] = [await hosts.byAccount(did), await hosts.byDid(to)]
    const refusal = (message: string) => new MoveError('refused', message)
    const known = await moves.find(did)
    if (known !== undefined && known.to === to) return did
    if (known !== undefined && known.step !== 'stop') {
      throw refusal(`The account is already being moved to ${known.to}`)
    }
    if (target === undefined) throw refusal(`There is no host ${to}; "pds list" shows all`)
    if (from === undefined) throw refusal('The account has no host')
    if (from.did === to) return did
    if (status === 'pending' || purgedAt !== null)
      throw refusal('The account is still being created, or was purged')
    if (!did.startsWith('did:plc:'))
      throw refusal('An account with a did:web cannot be moved: only its owner can change the DID')
    await moves.begin({ did, from: from.did, to, at: await extension.now() })
    return did
  }

  async function run(did: string, options: MoveOptions): Promise<void> {
    const claim = await moves.claim(did, await times())
    if (claim !== undefined) return await carryOut(runParts, claim, options)
    if ((await moves.find(did)) !== undefined) {
      throw new MoveError('busy', 'Another process is moving the account')
    }
  }

  return {
    move: async (account, to, options = {}) => await run(await begin(account, to), options),

    drain: async (host, options = {}) => {
      const { parallel = PARALLEL } = options
      await copies.removeDeparted({ host, before: await extension.now() })
      const targets = (await hosts.open()).filter(({ did }) => did !== host)
      const waiting = (await moves.list()).filter(({ from }) => from === host)
      const left = [...waiting.map(({ did }) => did), ...(await moves.listAccounts(host))]
      const failed: { account: string; reason: string }[] = []
      let moved = 0
      const moveOne = async (did: string): Promise<void> => {
        const known = waiting.find((each) => each.did === did)
        const [target] = inOrderOfWeight(targets, random)
        const to = known?.to ?? target?.did
        if (to === undefined)
          throw new MoveError(
            'refused',
            'No other host accepts accounts now: "pds list" shows their state',
          )
        await run(await begin(did, to), options)
      }
      const work = async (): Promise<void> => {
        for (let did = left.pop(); did !== undefined; did = left.pop()) {
          try {
            await moveOne(did)
            moved++
          } catch (cause) {
            if (!(cause instanceof Error)) throw cause
            failed.push({ account: did, reason: cause.message })
          }
        }
      }
      await Promise.all(Array.from({ length: parallel }, work))
      return { moved, failed }
    },

    list: () => moves.list(),

    receive: async (did, signal) => {
      const claim = await moves.claim(did, await times())
      if (claim === undefined) return false
      await carryOut(runParts, claim, { signal })
      return true
    },

    runDue: async (signal) => {
      for (;;) {
        const claim = signal.aborted ? undefined : await moves.claimDue(await times())
        if (claim === undefined) break
        // `carryOut` records and logs failures.
        await carryOut(runParts, claim, { signal }).catch(() => {})
      }
      if (!signal.aborted) await copies.removeOld()
    },
  }
}

/** Signs an access token of an account, like one that the owner would send to the host. */
async function sign(
  { extension }: MovesParts,
  did: string,
  { did: audience }: Host,
): Promise<string> {
  const { now, policy, tokens } = extension
  if (tokens === undefined) {
    throw new RangeError('Moves need an account module that signs the tokens of an entryway')
  }
  const issuedAt = Math.floor((await now()).getTime() / 1000)
  return await tokens.sign(TOKEN_TYPES.access, {
    scope: 'com.atproto.access',
    iss: policy.serviceDid,
    aud: audience,
    sub: did,
    iat: issuedAt,
    exp: issuedAt + TOKEN_SECONDS,
  })
}
