import { ForbiddenError } from '@atproto/xrpc-server'
import type { AdmitApp } from '@lexwright/account/extension'
import { accountMethodRules, type Params } from './account-methods.ts'
import { authorized, isOfApp, type Resource, verifyApp } from './verify-app.ts'

/** Admits apps to the methods of the account module, according to their permissions. */
export function createAdmission(resource: Resource): AdmitApp {
  return async (context) => {
    if (!isOfApp(context)) return undefined
    const { url = '', originalUrl = url } = context.req as { url?: string; originalUrl?: string }
    const { pathname } = new URL(originalUrl, 'http://localhost')
    const rule = ruleOf(pathname.slice(pathname.lastIndexOf('/') + 1))
    if (typeof rule !== 'function') {
      throw new ForbiddenError('OAuth credentials are not supported for this endpoint')
    }
    const app = await verifyApp(resource, context)
    // The parameters that the handler gets: the URL may repeat one with another value.
    const { params = {} } = context as { readonly params?: Params }
    authorized(() => rule(app.permissions, params))
    return {
      did: app.did,
      handle: app.handle,
      status: app.status,
      id: app.tokenId,
      since: app.issuedAt,
      canReadEmail: app.permissions.allowsAccount({ attr: 'email', action: 'read' }),
    }
  }
}

function ruleOf(nsid: string): unknown {
  return Object.hasOwn(accountMethodRules, nsid)
    ? accountMethodRules[nsid as keyof typeof accountMethodRules]
    : undefined
}
