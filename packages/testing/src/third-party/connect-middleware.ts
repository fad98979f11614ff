import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'

export { default as helmet } from 'helmet'

const require = createRequire(import.meta.url)

type Middleware = (req: IncomingMessage, res: ServerResponse, next: () => void) => void

/** Its own types refer to another version of Express than the stock server uses. */
export const compression: (options: { readonly threshold: number }) => Middleware =
  require('compression')
