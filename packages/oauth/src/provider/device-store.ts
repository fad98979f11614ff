import type { DeviceStore } from '@atproto/oauth-provider/store'
import { currentRequest } from '../request-context.ts'
import type { OAuthStore } from '../store/store.ts'
import { answering } from './errors.ts'

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
        await devices.create(id, device)
        note(id)
      }),

    readDevice: (id) =>
      answering('request', async () => {
        const device = await devices.find(id)
        if (device === undefined) return null
        note(id)
        return { ...device, sessionId: device.sessionId as `ses-${string}` }
      }),

    updateDevice: (id, changes) => answering('request', () => devices.update(id, changes)),

    deleteDevice: (id) =>
      answering('request', async () => {
        note(undefined)
        await devices.delete(id)
      }),
  }
}
