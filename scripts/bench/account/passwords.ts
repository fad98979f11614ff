import { AtpBaseClient } from '@lexwright/generated/client'
import type { Server } from './processes.ts'

/** Concurrent callers, enough to keep every thread busy. */
const CALLERS = 8
const password = 'correct horse battery'

/** Runs something a number of times, some concurrently, and returns the rate per second. */
export async function perSecond(
  times: number,
  task: (n: number) => Promise<unknown>,
): Promise<number> {
  const started = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (next < times) await task(next++)
    }),
  )
  return (times * 1000) / (performance.now() - started)
}

export function signUp({ url }: Pick<Server, 'url'>, name: string): Promise<unknown> {
  return new AtpBaseClient(url).com.atproto.account.create({
    handle: `${name}.test`,
    email: `${name}@example.com`,
    password,
  })
}

/** Logs in an account made by {@link signUp}, with today's method. */
export async function beginSession({ url }: Pick<Server, 'url'>, name: string): Promise<void> {
  await new AtpBaseClient(url).com.atproto.server.createSession({
    identifier: `${name}.test`,
    password,
  })
}

/** Logs in an account made by {@link signUp}. */
export function logIn({ url }: Pick<Server, 'url'>, name: string): Promise<unknown> {
  return new AtpBaseClient(url).com.atproto.session.create({ handle: `${name}.test`, password })
}
