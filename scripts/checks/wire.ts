/**
 * Sends every case of the wire to the stock server and to the lane under all settings. `npm test` sends only those that
 * a setting affects.
 */
import { compareWire, wireCases, wireSettings } from '../../packages/xrpc/src/testing/wire.ts'

for (const { name, settings } of wireSettings) {
  await compareWire(settings, wireCases)
  console.log(`The wire, ${name}: ${Object.keys(wireCases).length} cases are answered alike.`)
}
