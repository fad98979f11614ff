import { createECDH } from 'node:crypto'
import type { AccountModule } from '@lexwright/account'
import type { Entryway, EntrywayTokens, Gateway } from '@lexwright/entryway'
import type { Config } from './config/load-config.ts'
import { createRotationKey } from './rotation-key.ts'

/** Creates the entryway from the configuration; undefined, and not loaded, if it is turned off. */
export async function createEntrywayFor(
  config: Config,
  accounts: AccountModule,
): Promise<Entryway | undefined> {
  if (!config.entrywayEnabled) return undefined
  const { createEntryway } = await import('@lexwright/entryway')
  return createEntryway({ accounts, ...outside(config) })
}

/**
 * Creates the token scheme of an entryway; undefined if it is turned off.
 *
 * @param entryway the entryway, created later: it needs the account module, which needs the tokens
 */
export async function createTokensFor(
  { entrywayEnabled, entrywayPreviousPublicKey: previous, serviceDid, secrets }: Config,
  entryway: () => Entryway | undefined,
): Promise<EntrywayTokens | undefined> {
  if (!entrywayEnabled) return undefined
  const { createEntrywayTokens } = await import('@lexwright/entryway')
  return await createEntrywayTokens({
    serviceDid,
    privateKeyHex: secrets.entrywayJwtKey ?? '',
    previousPublicKeysHex: previous === undefined ? [] : [previous],
    hosts: { byAccount: async (did) => await entryway()?.hosts.byAccount(did) },
  })
}

/** Creates the gateway of an entryway; undefined if it is turned off. */
export async function createGatewayFor(
  config: Config,
  accounts: AccountModule,
  tokens: EntrywayTokens | undefined,
): Promise<Gateway | undefined> {
  if (tokens === undefined) return undefined
  const { createGateway } = await import('@lexwright/entryway')
  const { trustedProxies } = config
  return createGateway({ accounts, tokens, trustedProxies, ...outside(config) })
}

/** How other PDSes are reached: a directory without TLS is a local one, and so are its PDSes. */
function outside({ plcUrl }: Config): { readonly safeFetch?: typeof globalThis.fetch } {
  return plcUrl?.startsWith('http:') ? { safeFetch: globalThis.fetch } : {}
}

/** The environment of a PDS behind this service: names and values. */
export async function settingsOfHosts(
  config: Config,
  url: string,
): Promise<Readonly<Record<string, string>>> {
  const { hostSettings } = await import('@lexwright/entryway')
  const ecdh = createECDH('secp256k1')
  ecdh.setPrivateKey(config.secrets.entrywayJwtKey ?? '', 'hex')
  return hostSettings({
    url,
    did: config.serviceDid,
    jwtPublicKeyHex: ecdh.getPublicKey('hex'),
    rotationKey: createRotationKey(config.secrets.plcRotationKey).did(),
    handleDomains: config.handleDomains,
  })
}
