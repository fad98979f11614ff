import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { isErrno } from '../errno.ts'

/** Names and values as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The environment of the process, over the `.env` file in the working directory. The only place
 * that reads `process.env`.
 */
export function readEnvironment(): Environment {
  return { ...readEnvFile('.env'), ...process.env }
}

function readEnvFile(file: string): Environment {
  try {
    return parseEnv(readFileSync(file, 'utf8'))
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return {}
    throw error
  }
}
