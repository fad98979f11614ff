import { expect, it } from '@jest/globals'
import { hostSettings } from './host-settings.ts'

it('lists the longest handle domain first, since a PDS takes the first that a handle ends in', () => {
  const settings = hostSettings({
    url: 'https://example.com',
    did: 'did:web:example.com',
    jwtPublicKeyHex: '04',
    rotationKey: 'did:key:z',
    handleDomains: ['.example.com', '.pds-a.example.com'],
  })
  expect(settings.PDS_SERVICE_HANDLE_DOMAINS).toBe('.pds-a.example.com,.example.com')
})
