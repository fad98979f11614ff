import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type DidDocument, getServiceEndpoint } from '@atproto/common-web'
import * as xrpc from '@atproto/xrpc-server'
import { AccountError, type AccountKeys, type IdentityResolver } from '@lexwright/account'
import { lexicons } from '../generated/lexicons.ts'
import type { Rules } from './rules.ts'

export interface ProxyOptions {
  readonly keys: Pick<AccountKeys, 'serviceAuth'>
  readonly rules: Pick<Rules, 'any'>
  readonly resolver: IdentityResolver
  /** Callers choose the destination, so it must not reach private networks. */
  readonly fetch: typeof fetch
  /** Default service for `app.bsky.*`, such as `did:web:api.bsky.app#bsky_appview`. */
  readonly appView?: string | undefined
}

const PASSED_ON = /^(accept|accept-language|atproto-accept-labelers|content-type|x-bsky-topics)$/
const PASSED_BACK = /^(atproto-content-labelers|atproto-repo-rev|content-type|retry-after)$/

/** Forwards methods that the PDS does not have to the service in `atproto-proxy`, on behalf of the account. */
export function serviceProxy(options: ProxyOptions): xrpc.CatchallHandler {
  const { keys, rules, resolver, fetch, appView } = options
  return async (req, res, next) => {
    try {
      // Refuses a URL in absolute form, which would name the destination itself.
      const nsid = xrpc.parseReqNsid(req)
      const named = req.headers['atproto-proxy'] ?? (nsid.startsWith('app.bsky.') && appView)
      if (lexicons.getDef(nsid) || !named) throw new xrpc.MethodNotImplementedError()
      const [, aud = '', id = ''] = /^(did:[^#]+)(#.+)$/.exec(String(named)) ?? []
      const { credentials } = await rules.any({ req, res })
      credentials.permissions.assertRpc({ aud: String(named), lxm: nsid })
      const document = aud && (await resolver.did.resolve(aud))
      const endpoint = document && getServiceEndpoint(document as DidDocument, { id })
      if (!endpoint) throw new xrpc.InvalidRequestError(`There is no service ${named}`)
      const scope = credentials.type === 'session' ? credentials.scope : undefined
      const token = await keys.serviceAuth(credentials.did, { aud, lxm: nsid, scope })
      const headers = new Headers({ authorization: `Bearer ${token}` })
      for (const [name, value] of Object.entries(req.headers)) {
        if (PASSED_ON.test(name)) headers.set(name, String(value))
      }
      const body = req.method === 'POST' && {
        body: Readable.toWeb(req) as BodyInit,
        duplex: 'half',
      }
      const init = { method: req.method, headers, redirect: 'error', ...body } as RequestInit
      const answer = await fetch(new URL(req.originalUrl, endpoint), init).catch((cause) => {
        throw new xrpc.UpstreamFailureError(`${named} cannot be reached`, undefined, { cause })
      })
      res.status(answer.status)
      for (const [name, value] of answer.headers) {
        if (PASSED_BACK.test(name)) res.setHeader(name, value)
      }
      await pipeline(Readable.fromWeb((answer.body ?? new Blob().stream()) as never), res)
    } catch (error) {
      if (res.headersSent) res.destroy()
      else next(error instanceof AccountError ? new xrpc.InvalidRequestError(error.message) : error)
    }
  }
}
