import { createInterface } from 'node:readline/promises'
import { type Readable, Writable } from 'node:stream'
import { UsageError } from './terminal.ts'

/** The environment variable that a password comes from where nobody can be asked. */
export const PASSWORD = 'LEXWRIGHT_PASSWORD'

/**
 * Asks for a password, and shows nothing of what is typed.
 *
 * @throws UsageError if the input is no terminal, or the question is not answered
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
  // A terminal that is closed answers nothing, and the question would wait for ever.
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
