import { describe, expect, it } from '@jest/globals'
import { compareWire, wireSettings } from '../testing/wire.ts'

// `npm run test:long wire` sends every case under all settings.
describe.each(wireSettings)('the wire, $name', ({ settings, cases }) => {
  it('is identical to the stock server in every case', async () => {
    await expect(compareWire(settings, cases)).resolves.toBeUndefined()
  })
})
