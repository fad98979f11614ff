import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

const LEVELS: Readonly<Record<string, Style>> = {
  debug: 'gray',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
}

/** Formats a line of the JSON log as text: `12:30:05 info  request  method=GET status=200`. */
export function formatLine(json: string): string {
  const { time, level, msg, pid: _, err, error, ...fields } = JSON.parse(json)
  const facts = Object.entries({ ...fields, ...(typeof error === 'string' ? { error } : {}) }).map(
    ([name, value]) => `${styleText('gray', `${name}=`)}${printable(value)}`,
  )
  const head = [
    styleText('gray', String(time).slice(11, 19)),
    styleText(LEVELS[level] ?? 'white', String(level).padEnd(5)),
    printable(msg),
    ...facts,
  ]
  const fault = err ?? (typeof error === 'object' ? error : undefined)
  return `${head.join(' ')}\n${fault === undefined ? '' : `${describeFault(fault)}\n`}`
}

function describeFault(fault: {
  readonly type?: unknown
  readonly message?: unknown
  readonly stack?: unknown
  readonly cause?: object
}): string {
  const text = String(fault.stack ?? `${fault.type}: ${fault.message}`)
  return fault.cause === undefined ? text : `${text}\nbecause of ${describeFault(fault.cause)}`
}

/** A value on one line without control characters. */
function printable(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1))
}
