import { ScopePermissionsTransition } from '@atproto/oauth-scopes'

/** The permissions of an app: `assertRepo`, `assertRpc`, `assertBlob`, `assertAccount`, `assertIdentity`, and `allows…`. */
export type Permissions = ScopePermissionsTransition

export function permissionsOf(scope: string): Permissions {
  return new ScopePermissionsTransition(scope)
}

/** Permissions of a password session: everything. */
class Unrestricted extends ScopePermissionsTransition {
  override allowsAccount(): boolean {
    return true
  }
  override allowsIdentity(): boolean {
    return true
  }
  override allowsBlob(): boolean {
    return true
  }
  override allowsRepo(): boolean {
    return true
  }
  override allowsRpc(): boolean {
    return true
  }
}

export const unrestricted: Permissions = new Unrestricted()
