import { randomBytes } from 'node:crypto'
import type { Device } from '../store/device-store.ts'
import type { AuthorizationRequest } from '../store/request-store.ts'
import type { NewToken, Rotation } from '../store/token-store.ts'

const clientId = 'https://app.example.com/client.json'

export function random(prefix: string): string {
  return `${prefix}-${randomBytes(16).toString('hex')}`
}

export function inMinutes(minutes: number): Date {
  return new Date(Date.now() + minutes * 60_000)
}

/** Returns a new browser. */
export function newDevice(): Device {
  return {
    sessionId: random('ses'),
    userAgent: null,
    ipAddress: '192.0.2.1',
    lastSeenAt: new Date(),
  }
}

/** Returns a request of an app, not opened by a browser yet. */
export function newRequest(deviceId: string | null): AuthorizationRequest {
  return {
    id: random('req'),
    clientId,
    clientAuth: null,
    parameters: { scope: 'atproto', state: 'kept "as" it is' },
    deviceId,
    did: null,
    expiresAt: inMinutes(5),
  }
}

/** Returns the first token of a session. */
export function newToken(
  did: string,
  code: string,
  refreshToken: string = random('ref'),
): NewToken {
  return {
    tokenId: random('tok'),
    did,
    clientId,
    clientAuth: { method: 'none' },
    deviceId: null,
    parameters: { scope: 'atproto' },
    scope: 'atproto',
    createdAt: new Date(),
    updatedAt: new Date(),
    expiresAt: inMinutes(60),
    code,
    refreshToken,
  }
}

/** Returns the rotation of a session's token. */
export function newRotation(tokenId: string, presented: string | undefined): Rotation {
  return {
    tokenId,
    newTokenId: random('tok'),
    newRefreshToken: random('ref'),
    presented,
    clientAuth: { method: 'none' },
    scope: 'atproto',
    updatedAt: new Date(),
    expiresAt: inMinutes(60),
  }
}
