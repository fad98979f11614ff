import type { DeviceStore } from '@atproto/oauth-provider/store'
import { currentRequest } from '../request-context.ts'
import type { OAuthStore } from '../store/store.ts'
import { answering } from './errors.ts'

/** Characters kept of a `User-Agent`, so that strangers cannot fill the table with long ones. */
const MAX_USER_AGENT = 512

/** Browsers for the provider, which reads or creates one at the start of each page request. */
export function createDeviceStore({ devices }: OAuthStore): DeviceStore {
  const note = (deviceId: string | undefined): void => {
    const context = currentRequest()
    if (context === undefined) return
    if (deviceId === undefined) delete context.deviceId
    else context.deviceId = deviceId
  }
  return {
    createDevice: (id, device) =>
      answering('request', async () => {
        await devices.create(id, bounded(device))
        note(id)
      }),

    readDevice: (id) =>
      answering('request', async () => {
        const device = await devices.find(id)
        if (device === undefined) return null
        note(id)
        return { ...device, sessionId: device.sessionId as `ses-${string}` }
      }),

    updateDevice: (id, changes) => answering('request', () => devices.update(id, bounded(changes))),

    deleteDevice: (id) =>
      answering('request', async () => {
        note(undefined)
        await devices.delete(id)
      }),
  }
}

function bounded<Changes extends Parameters<DeviceStore['updateDevice']>[1]>(
  changes: Changes,
): Changes {
  const { userAgent } = changes
  return userAgent ? { ...changes, userAgent: userAgent.slice(0, MAX_USER_AGENT) } : changes
}
