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
      'Whether accounts live on PDSes, which the commands `pds …` add, and not here. Being built: see [docs/entryway.md](../../docs/entryway.md).',
    read: boolean,
  },
  entrywayPreviousPublicKey: {
    name: 'ENTRYWAY_JWT_PREVIOUS_PUBLIC_KEY_HEX',
    otherwise: 'none',
    description:
      'Public half of the former `ENTRYWAY_JWT_KEY_K256_PRIVATE_KEY_HEX`, whose tokens stay good.',
    read: publicKeyHex,
  },
}
