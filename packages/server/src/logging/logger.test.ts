import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import type { LogFormat } from '../config/settings/operation.ts'
import { createLogger } from './logger.ts'

function logged(format: LogFormat, write: (logger: ReturnType<typeof createLogger>) => void) {
  let text = ''
  const output = {
    write: (line: string) => {
      text += line
    },
  }
  write(createLogger({ level: 'info', format, output }))
  return stripVTControlCharacters(text)
}

/** Like an error of `pg`, with the refused row. */
function databaseError(): Error {
  return Object.assign(
    new Error('duplicate key value violates unique constraint "account_email"'),
    {
      code: '23505',
      detail: 'Key (email)=(alice@example.com) already exists.',
      parameters: ['hunter2'],
      cause: Object.assign(new Error('inner'), {
        request: { headers: { authorization: 'hunter2' } },
      }),
    },
  )
}

describe('createLogger', () => {
  it.each(['err', 'error'])(
    'logs the useful parts of an error and none of the data: %s',
    (field) => {
      for (const format of ['json', 'text'] as const) {
        const text = logged(format, (log) => log.error({ [field]: databaseError() }, 'failed'))
        expect(text).toContain('account_email')
        expect(text).toContain('inner')
        expect(text).toContain('logger.test.ts')
        expect(text).not.toMatch(/alice|hunter2/)
      }
    },
  )

  it('writes one JSON object per line', () => {
    const text = logged('json', (log) => log.info({ port: 2583 }, 'two\nlines'))
    expect(text.trimEnd()).not.toContain('\n')
    expect(JSON.parse(text)).toMatchObject({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      port: 2583,
      msg: 'two\nlines',
    })
  })

  it('writes readable lines without control characters', () => {
    const text = logged('text', (log) =>
      log.info({ path: '/\u001b[2J\r\nfake line', n: 1 }, 'request'),
    )
    expect(text).toMatch(/^\d\d:\d\d:\d\d info {2}request path=\/\\u001b\[2J\\r\\nfake line n=1\n$/)
  })

  it('writes nothing below its level', () => {
    expect(logged('json', (log) => log.debug({}, 'detail'))).toBe('')
  })
})
