import { type DestinationStream, type Logger, pino } from 'pino'
import type { LogFormat, LogLevel } from '../config/settings/operation.ts'
import { serializeError } from './serialize-error.ts'
import { formatLine } from './text-format.ts'

export type { Logger } from 'pino'

export interface LoggerOptions {
  readonly level: LogLevel
  readonly format: LogFormat
  /** Destination of the lines; stdout by default. */
  readonly output?: DestinationStream
}

/** The log: one JSON object per line (pino), or the same as text for a terminal. */
export function createLogger({ level, format, output }: LoggerOptions): Logger {
  const lines = output ?? pino.destination({ dest: 1, sync: true })
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError, error: serializeError },
    },
    format === 'json' ? lines : { write: (line) => lines.write(formatLine(line)) },
  )
}
