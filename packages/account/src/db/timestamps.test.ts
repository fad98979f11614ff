import { expect, it } from '@jest/globals'
import { toDate } from './timestamps.ts'

it('reads a timestamptz in the form of any driver', () => {
  const moment = new Date('2026-03-01T12:34:56.789Z')
  expect(toDate(moment)).toEqual(moment)
  // PostgreSQL's own text, from a driver configured not to parse it
  expect(toDate('2026-03-01 12:34:56.789+00')).toEqual(moment)
  expect(toDate('2026-03-01 14:34:56.789+02')).toEqual(moment)
})
