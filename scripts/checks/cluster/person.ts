import type { Calls } from './calls.ts'
import type { Mailbox } from './mailbox.ts'

/** The answers that the owner of an account has received, which must hold. */
export interface Person {
  readonly handle: string
  readonly email: string
  password: string
  state: 'unknown' | 'active' | 'deleted'
  /** Passwords that must be refused. */
  readonly former: string[]
  /** A refresh token and the id of the one answered in its place, while the session lasts. */
  rotation?: { readonly token: string; readonly successor: string } | undefined
  /** A refresh token of a session that was ended. */
  revoked?: string | undefined
  isResetRequested: boolean
}

export interface Surroundings {
  readonly calls: Calls
  readonly mailbox: Mailbox
  /** Reports an answer that must never be given. */
  fault(text: string): void
}

interface Session {
  readonly accessJwt: string
  readonly refreshJwt: string
}

/**
 * Takes an account through its life: sign-up, login, refreshes, and for some a reset and a
 * deletion.
 */
export async function live(number: number, prefix: string, around: Surroundings): Promise<Person> {
  const person: Person = {
    handle: `${prefix}${number}.test`,
    email: `${prefix}${number}@example.com`,
    password: `first password of ${number}`,
    state: 'unknown',
    former: [],
    isResetRequested: false,
  }
  await signUp(person, around)
  for (let count = 0; count < 3; count++) await useSession(person, around)
  if (number % 2 === 0) await reset(person, around)
  if (number % 3 === 0) await remove(person, around)
  return person
}

async function signUp(person: Person, { calls, fault }: Surroundings): Promise<void> {
  const { handle, email, password } = person
  const { status, body, isRepeated } = await calls.insist('account.create', {
    body: { handle, email, password },
  })
  const isDoneAlready = isRepeated && body.error === 'HandleNotAvailable'
  if (status === 200 || isDoneAlready) person.state = 'active'
  else fault(`${handle}: sign-up answered ${status} ${body.error}`)
}

async function logIn(person: Person, { calls, fault }: Surroundings): Promise<Session> {
  const { status, body } = await calls.insist('server.createSession', {
    body: { identifier: person.handle, password: person.password },
  })
  if (status !== 200) fault(`${person.handle}: log-in answered ${status} ${body.error}`)
  return { accessJwt: body.accessJwt ?? '', refreshJwt: body.refreshJwt ?? '' }
}

/** Logs in, reads, and refreshes twice at once, as two tabs do: both must get the same token. */
async function useSession(person: Person, around: Surroundings): Promise<void> {
  const { calls, fault } = around
  const { accessJwt, refreshJwt: token } = await logIn(person, around)
  const seen = await calls.insist('server.getSession', { token: accessJwt })
  if (seen.status !== 200) fault(`${person.handle}: getSession answered ${seen.status}`)
  const refresh = () => calls.insist('server.refreshSession', { token, body: {} })
  const replies = await Promise.all([refresh(), refresh()])
  const successors = new Set(replies.map(({ body }) => tokenId(body.refreshJwt)))
  for (const { status, body } of replies) {
    if (status !== 200) fault(`${person.handle}: refresh answered ${status} ${body.error}`)
  }
  if (successors.size > 1) fault(`${person.handle}: a session has two successors`)
  person.rotation = { token, successor: [...successors][0] ?? '' }
}

/** Submits the mailed code three times with different passwords, twice at once: one may succeed. */
async function reset(person: Person, around: Surroundings): Promise<void> {
  const { calls, mailbox, fault } = around
  const { handle, email, password: before } = person
  const mails = mailbox.count(email)
  await calls.insist('account.requestPasswordReset', { body: { email } })
  person.isResetRequested = true
  const code = await mailbox.code(email, mails)
  if (code === undefined) return
  const submit = (password: string) =>
    calls.insist('account.resetPassword', { body: { token: code, password } })
  const wanted = ['second', 'other', 'late'].map((which) => `${which} password of ${handle}`)
  const [second = '', other = '', late = ''] = wanted
  const replies = [...(await Promise.all([submit(second), submit(other)])), await submit(late)]
  const good = wanted.filter((_, index) => replies[index]?.status === 200)
  if (good.length > 1) fault(`${handle}: a reset code worked ${good.length} times`)

  const working: string[] = []
  for (const password of [before, ...wanted]) {
    if (await isLetIn(handle, password, around)) working.push(password)
    else person.former.push(password)
  }
  const [now = before] = working
  if (working.length !== 1) fault(`${handle}: ${working.length} passwords work after a reset`)
  if (good[0] !== undefined && now !== good[0]) fault(`${handle}: a reset was lost`)
  if (now === before) return
  if (good.length === 0 && !replies.some(({ isRepeated }) => isRepeated))
    fault(`${handle}: a refused reset changed the password`)
  person.password = now
  person.revoked = person.rotation?.token
  person.rotation = undefined
}

async function remove(person: Person, around: Surroundings): Promise<void> {
  const { calls, fault } = around
  const { accessJwt: token } = await logIn(person, around)
  const { status, body, isRepeated } = await calls.insist('account.delete', { token, body: {} })
  // The token becomes invalid with the account.
  const isDoneAlready = isRepeated && (status === 400 || status === 401)
  if (status !== 200 && !isDoneAlready)
    fault(`${person.handle}: deletion answered ${status} ${body.error}`)
  person.state = 'deleted'
}

/** Asserts that everything answered to a person still holds. */
export async function verify(person: Person, around: Surroundings): Promise<void> {
  const { calls, fault } = around
  const { handle, password, state, former, rotation, revoked } = person
  if (state === 'unknown') return
  const isLost = (await isLetIn(handle, password, around)) !== (state === 'active')
  if (isLost) fault(`${handle} should be ${state}: its creation, password or deletion was lost`)
  for (const each of former)
    if (await isLetIn(handle, each, around)) fault(`${handle}: a former password works`)
  const refresh = (token: string) => calls.insist('server.refreshSession', { token, body: {} })
  if (rotation !== undefined && state === 'active') {
    const { status, body } = await refresh(rotation.token)
    // Within the grace period a former token returns the present one, so a fork would show.
    if (status !== 200 || tokenId(body.refreshJwt) !== rotation.successor)
      fault(`${handle}: a session has another successor than the one answered (${status})`)
  }
  const ended = revoked ?? (state === 'deleted' ? rotation?.token : undefined)
  if (ended !== undefined && (await refresh(ended)).status === 200)
    fault(`${handle}: an ended session lives`)
}

async function isLetIn(
  identifier: string,
  password: string,
  { calls }: Surroundings,
): Promise<boolean> {
  const { status } = await calls.insist('server.createSession', { body: { identifier, password } })
  return status === 200
}

/** The `jti` of a token, since the text depends on the time of signing. */
function tokenId(token: string | undefined): string {
  const claims = Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString()
  return claims === '' ? '' : JSON.parse(claims).jti
}
