import { boolean, publicKeyHex } from '../value.ts'
import type { SettingsOf } from './setting.ts'

/** One account service in front of many PDSes. Its signing key is a secret: see `secrets.ts`. */
export interface EntrywayValues {
  readonly entrywayEnabled: boolean
  readonly entrywayPreviousPublicKey: string | undefined
}

export const entrywaySettings: SettingsOf<EntrywayValues> = {
  entrywayEnabled: {
    name: 'ENTRYWAY_ENABLED',
    default: 'false',
    description:
      'True to place accounts on PDSes, added by the commands `pds …`, instead of this server: see [docs/entryway.md](../../docs/entryway.md).',
    read: boolean,
  },
  entrywayPreviousPublicKey: {
    name: 'ENTRYWAY_JWT_PREVIOUS_PUBLIC_KEY_HEX',
    otherwise: 'none',
    description:
      'Public key of the former `ENTRYWAY_JWT_KEY_K256_PRIVATE_KEY_HEX`, whose tokens stay valid.',
    read: publicKeyHex,
  },
}
