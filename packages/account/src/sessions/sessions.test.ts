import { expect, it } from '@jest/globals'
import type { ServiceContext } from '../context.ts'
import { randomId } from './sessions.ts'

it('an id never begins like an option of a command', () => {
  const context = { random: (size: number) => Buffer.alloc(size, 0xfb) }
  expect(randomId(context as unknown as ServiceContext)).toMatch(/^_[\w-]{21}$/)
})
