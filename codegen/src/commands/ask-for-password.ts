import { createInterface } from 'node:readline/promises'
import { type Readable, Writable } from 'node:stream'
import { UsageError } from './terminal.ts'

/** The environment variable for the password when there is no terminal. */
export const PASSWORD = 'LEXWRIGHT_PASSWORD'

/**
 * Prompts for a password without echoing it.
 *
 * @throws UsageError if the input is not a terminal, or the prompt is cancelled
 */
export async function askForPassword(
  whose: string,
  input: Readable & { readonly isTTY?: boolean },
  output: Writable,
): Promise<string> {
  if (!input.isTTY) throw new UsageError(`Give the password of ${whose} in ${PASSWORD}.`)
  output.write(`Password of ${whose}: `)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input, output: nowhere, terminal: true })
  // A closed terminal never answers, and the prompt would wait forever.
  const closed = new AbortController()
  reader.once('close', () => closed.abort())
  try {
    return await reader.question('', { signal: closed.signal })
  } catch (error) {
    throw new UsageError(`No password was given for ${whose}; nothing was published.`, {
      cause: error,
    })
  } finally {
    reader.close()
    output.write('\n')
  }
}
