import { describe, expect, it } from '@jest/globals'
import { adviceOn, plansFor } from './advice.ts'
import type { Change } from './change.ts'
import { brokenBy, CHANGES, type ChangeName, DIRECTIONS } from './rules.ts'

const names = Object.keys(CHANGES) as ChangeName[]
const change = (nsid: string, rule: ChangeName): Change => ({
  rule,
  nsid,
  path: ['defs', 'main', 'input'],
  message: '',
  directions: [...DIRECTIONS],
  breaks: brokenBy(rule, [...DIRECTIONS]),
})

describe('advice', () => {
  it.each(names)('on %s exists exactly if the change is breaking', (rule) => {
    const { breaks } = change('com.example.get', rule)
    expect(adviceOn({ rule, breaks }) !== undefined).toBe(breaks.length > 0)
  })

  it('is one plan per document, with an unused id for a new one', () => {
    const changes = [
      change('com.example.get', 'became-required'),
      change('com.example.get', 'error-added'),
      change('com.example.get', 'type-changed'),
      change('com.example.setV2', 'body-removed'),
      change('com.example.other', 'property-added'),
    ]
    expect(plansFor(changes, new Set(['com.example.getV2']))).toMatchObject([
      { nsid: 'com.example.get', steps: [{}, {}], successor: 'com.example.getV3' },
      { nsid: 'com.example.setV2', steps: [{}], successor: 'com.example.setV3' },
    ])
  })
})
