import type { Page } from '@lexwright/account'
import { InvalidArgumentError, Option } from 'commander'

/** Options shared by commands. */
export interface PageOptions {
  readonly limit: number
  readonly cursor?: string
}

export const jsonOption = (): Option => new Option('--json', 'print JSON, for other programs')

export const limitOption = (): Option =>
  new Option('--limit <number>', 'maximum number').default(50).argParser(wholeNumber(1, 1000))

export const cursorOption = (): Option =>
  new Option('--cursor <cursor>', 'continue after the previous page')

/** Parses a whole number within inclusive bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (!/^\d+$/.test(text) || number < min || number > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
    }
    return number
  }
}

/** How to get the next page, if there is one. */
export function nextPage({ cursor }: Page<unknown>): string {
  return cursor === undefined ? '' : `There are more: --cursor ${cursor}\n`
}
