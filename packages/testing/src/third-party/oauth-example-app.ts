import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const PROGRAM = join(
  import.meta.dirname,
  'node_modules/@atproto/oauth-client-browser-example/bin.js',
)

/** The official example of a browser app, started by its own command. */
export interface ExampleApp {
  /**
   * The address of the app, for an authorization server that is also its handle and DID resolver.
   */
  addressFor(service: string, scope: string): string
  close(): Promise<void>
}

export async function startExampleApp(): Promise<ExampleApp> {
  const child = spawn(process.execPath, [PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const url = /http:\S+/.exec(String(line))?.[0] ?? ''
  return {
    addressFor: (service, scope) => {
      const query = {
        env: 'development',
        handle_resolver: service,
        plc_directory_url: service,
        pds_operator_url: service,
        scope,
      }
      return `${url}?${new URLSearchParams(query)}`
    },
    close: async () => {
      child.kill()
      await once(child, 'exit')
    },
  }
}
