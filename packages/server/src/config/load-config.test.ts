import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { loadConfig } from './load-config.ts'
import { ConfigError } from './problems.ts'

let data: string
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'lexwright-config-'))
})
afterEach(() => rm(data, { recursive: true, force: true }))

const load = (env: Record<string, string> = {}) => loadConfig({ PDS_DATA_DIRECTORY: data, ...env })

function problems(env: Record<string, string>): Record<string, string> {
  try {
    load(env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const { name, what } of error.problems) expect(error.message).toContain(`${name} ${what}`)
    return Object.fromEntries(error.problems.map(({ name, what }) => [name, what]))
  }
  return {}
}

const PRODUCTION = {
  NODE_ENV: 'production',
  PDS_HOSTNAME: 'pds.acme.io',
  PDS_JWT_SECRET: '5f1b0c6c2d9e4a7f8b3a1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f',
  PDS_ADMIN_PASSWORD: 'b41d8cd98f00b204',
  PDS_PASSWORD_PEPPER: '9c8d7e6f5a4b3c2d1e0f5f1b0c6c2d9e4a7f8b3a1c0d9e8f7a6b5c4d3e2f1a0b',
  PDS_KEY_ENCRYPTION_KEY_HEX: '1e0f5f1b0c6c2d9e4a7f8b3a1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d',
  PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX:
    '3c2d1e0f5f1b0c6c2d9e4a7f8b3a1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b',
}

describe('loadConfig for an entryway', () => {
  const ENTRYWAY = { ENTRYWAY_ENABLED: 'true', PDS_DID_PLC_URL: 'https://plc.example' }

  it('stores the key of its tokens with the other secrets, and leaves OAuth on', async () => {
    const { secrets, oauthEnabled } = load(ENTRYWAY)
    expect(await readFile(join(data, 'secrets/entryway-jwt-key'), 'utf8')).toBe(
      `${secrets.entrywayJwtKey}\n`,
    )
    expect(oauthEnabled).toBe(true)
  })

  it('generates no such key otherwise', async () => {
    expect(load().secrets.entrywayJwtKey).toBeUndefined()
    expect(await readdir(join(data, 'secrets'))).not.toContain('entryway-jwt-key')
  })

  it('requires a directory, valid keys, and in production the key of its tokens', () => {
    expect(problems({ ENTRYWAY_ENABLED: 'true' })).toHaveProperty('PDS_DID_PLC_URL')
    const keys = {
      ENTRYWAY_JWT_KEY_K256_PRIVATE_KEY_HEX: 'f'.repeat(64),
      ENTRYWAY_JWT_PREVIOUS_PUBLIC_KEY_HEX: 'f'.repeat(64),
    }
    expect(Object.keys(problems({ ...ENTRYWAY, ...keys })).sort()).toEqual(Object.keys(keys).sort())
    expect(Object.keys(problems({ ...PRODUCTION, ...ENTRYWAY }))).toEqual([
      'ENTRYWAY_JWT_KEY_K256_PRIVATE_KEY_HEX',
    ])
  })

  it('names a misspelt setting', () => {
    expect(load({ ENTRYWAY_ENABLE: 'true' }).advice).toEqual([
      'ENTRYWAY_ENABLE is not a setting of this program and is ignored; did you mean ENTRYWAY_ENABLED?',
    ])
  })
})

describe('loadConfig in development', () => {
  it('needs no settings', () => {
    expect(load()).toMatchObject({
      port: 2583,
      hostname: 'localhost',
      serviceName: 'localhost',
      serviceDid: 'did:web:localhost',
      handleDomains: ['.test'],
      emailFrom: 'noreply@localhost',
      inviteRequired: false,
      dataDirectory: data,
      trustedProxies: 0,
      corsOrigins: '*',
      logLevel: 'info',
      advice: [],
    })
  })

  it('derives names from the host name', () => {
    expect(load({ PDS_HOSTNAME: 'PDS.Acme.io' })).toMatchObject({
      hostname: 'pds.acme.io',
      serviceName: 'pds.acme.io',
      serviceDid: 'did:web:pds.acme.io',
      handleDomains: ['.pds.acme.io'],
      emailFrom: 'noreply@pds.acme.io',
    })
  })

  it('reads lists, booleans and numbers', () => {
    expect(
      load({
        PDS_SERVICE_HANDLE_DOMAINS: ' .One.test, .two.test ,',
        PDS_INVITE_REQUIRED: 'TRUE',
        PDS_PORT: '0',
        PDS_CORS_ORIGINS: 'https://a.test, http://b.test:8080',
        PDS_RATE_LIMITS_ENABLED: '0',
      }),
    ).toMatchObject({
      handleDomains: ['.one.test', '.two.test'],
      inviteRequired: true,
      port: 0,
      corsOrigins: ['https://a.test', 'http://b.test:8080'],
      rateLimitsEnabled: false,
    })
  })

  it('admits pages without an origin if configured', () => {
    expect(load({ PDS_CORS_ORIGINS: 'none' }).corsOrigins).toEqual([])
  })

  it('enables OAuth if configured and reachable by apps', () => {
    expect(load()).toMatchObject({ oauthEnabled: true, advice: [] })
    expect(load({ PDS_HOSTNAME: 'pds.acme.io' })).toMatchObject({ oauthEnabled: true, advice: [] })
    expect(load({ PDS_OAUTH_ENABLED: 'off' })).toMatchObject({ oauthEnabled: false, advice: [] })
    for (const PDS_HOSTNAME of ['pds', 'pds.local', '127.0.0.1']) {
      const { oauthEnabled, advice } = load({ PDS_HOSTNAME })
      expect([PDS_HOSTNAME, oauthEnabled]).toEqual([PDS_HOSTNAME, false])
      expect(advice).toEqual([expect.stringContaining('PDS_OAUTH_ENABLED has no effect')])
    }
  })

  it('reads the colours of the pages', () => {
    expect(load({ PDS_PRIMARY_COLOR: '#0a7ea4' })).toMatchObject({ primaryColor: '#0a7ea4' })
    expect(load({ PDS_ERROR_COLOR: 'rgb(200, 30, 0)' })).toMatchObject({
      errorColor: 'rgb(200, 30, 0)',
    })
  })

  it('adds to the reserved handles, and looks passwords up only if configured', () => {
    expect(load().breachedPasswordsUrl).toBeUndefined()
    expect(
      load({
        PDS_RESERVED_HANDLES: 'Mayor, alice.example.com',
        PDS_BREACHED_PASSWORDS_URL: 'http://localhost:8080/range/',
      }),
    ).toMatchObject({
      reservedHandles: ['mayor', 'alice.example.com'],
      breachedPasswordsUrl: 'http://localhost:8080/range/',
    })
  })

  it('treats an empty variable as not set', () => {
    expect(load({ PDS_PORT: '', PDS_EMAIL_SMTP_URL: ' ' })).toMatchObject({ port: 2583 })
    const url = 'postgres://u:hunter%232%40%25@db:5432/x?sslmode=require'
    expect(load({ PDS_DB_POSTGRES_URL: url })).toMatchObject({ postgresUrl: url })
  })

  it('generates missing secrets once, each in a file readable only by its owner', async () => {
    const first = load()
    expect(first.createdSecrets).toHaveLength(5)
    expect(first.adminPasswordFile).toBe(join(data, 'secrets', 'admin-password'))
    expect(await readFile(join(data, 'secrets', 'admin-password'), 'utf8')).toBe(
      `${first.secrets.adminPassword}\n`,
    )
    expect((await stat(join(data, 'secrets'))).mode & 0o777).toBe(0o700)
    for (const file of await readdir(join(data, 'secrets'))) {
      expect((await stat(join(data, 'secrets', file))).mode & 0o777).toBe(0o600)
    }
    const second = load()
    expect(second.secrets).toEqual(first.secrets)
    expect(second.createdSecrets).toEqual([])
    expect(new Set(Object.values(first.secrets)).size).toBe(5)
  })

  it('prefers secrets of the environment and generates only the others', () => {
    const { secrets, createdSecrets, adminPasswordFile } = load({ PDS_ADMIN_PASSWORD: 'hello' })
    expect(secrets.adminPassword).toBe('hello')
    expect(adminPasswordFile).toBeUndefined()
    expect(createdSecrets).toHaveLength(4)
  })

  it('names the file of a damaged secret', async () => {
    load()
    await writeFile(join(data, 'secrets', 'key-encryption-key'), 'half\n')
    expect(problems({})).toEqual({
      PDS_KEY_ENCRYPTION_KEY_HEX: expect.stringContaining(join('secrets', 'key-encryption-key')),
    })
  })

  it('reports why the data directory cannot be used', async () => {
    await writeFile(join(data, 'file'), '')
    expect(problems({ PDS_DATA_DIRECTORY: join(data, 'file') })).toEqual({
      PDS_DATA_DIRECTORY: expect.stringMatching(/cannot be used: (?:ENOTDIR|EEXIST)/),
    })
  })
})

describe('refusals of loadConfig', () => {
  it.each([
    ['PDS_PORT', '65536', 'whole number from 0 to 65535; it is "65536"'],
    ['PDS_PORT', '80x', 'it is "80x"'],
    ['PDS_PORT', '-1', 'it is "-1"'],
    ['PDS_PORT', '1e3', 'it is "1e3"'],
    ['PDS_LISTEN_ADDRESS', 'localhost', 'must be an IP address'],
    ['PDS_HOSTNAME', 'https://pds.test', 'without scheme'],
    ['PDS_HOSTNAME', 'pds.test:2583', 'without scheme'],
    ['PDS_SERVICE_DID', 'pds.test', 'must be a DID'],
    ['PDS_SERVICE_HANDLE_DOMAINS', 'pds.test', 'leading dot'],
    ['PDS_SERVICE_HANDLE_DOMAINS', ',', 'at least one domain'],
    ['PDS_DB_POSTGRES_URL', 'mysql://u:hunter2@db/x', 'postgres:// or postgresql://'],
    ['PDS_DB_POSTGRES_URL', 'postgres://u:hunter2#x@db/x', 'percent-encode'],
    ['PDS_DB_POSTGRES_URL', 'postgres://u:hunter2/x@db/x', 'percent-encode'],
    ['PDS_DB_POSTGRES_URL', 'postgres://u:hunter2%x@db/x', 'percent-encode'],
    ['PDS_DB_POSTGRES_MIGRATION_URL', 'postgres://u:hunter2?x@db/x', 'percent-encode'],
    ['PDS_EMAIL_SMTP_URL', 'smtp://u:1#hunter2@mail.test', 'percent-encode'],
    ['PDS_EMAIL_SMTP_URL', 'smtps://u:1/hunter2@mail.test', 'percent-encode'],
    ['PDS_DB_POSTGRES_SCHEMA', 'Robert"; drop table', 'plain name'],
    ['PDS_DB_POSTGRES_POOL_SIZE', '0', 'from 1 to 1000'],
    ['PDS_DB_POSTGRES_MIGRATION_URL', 'postgres://db/x', 'no effect without PDS_DB_POSTGRES_URL'],
    ['PDS_DID_PLC_URL', 'plc.directory', 'http:// or https://'],
    ['PDS_RECOVERY_DID_KEY', 'did:key:z6Mkabc', 'P-256 or K-256'],
    ['PDS_RESERVED_HANDLES', 'the mayor', 'must list names'],
    ['PDS_BREACHED_PASSWORDS_URL', 'ftp://x', 'http:// or https://'],
    ['PDS_INVITE_REQUIRED', 'perhaps', 'must be true or false; it is "perhaps"'],
    ['PDS_EMAIL_SMTP_URL', 'mail.test:25', 'smtp:// or smtps://'],
    ['PDS_EMAIL_FROM_ADDRESS', 'a@b.test\r\nBcc: c@d.test', 'must be an address'],
    ['PDS_EMAIL_FROM_ADDRESS', 'a@b.test, c@d.test', 'must be an address'],
    ['PDS_PASSWORD_RESET_URL', 'javascript:alert(1)', 'http:// or https://'],
    ['PDS_JWT_SECRET', 'hunter2', 'at least 32 characters'],
    ['PDS_JWT_PREVIOUS_SECRETS', 'hunter2', 'at least 32 characters'],
    ['PDS_PASSWORD_PEPPER', 'hunter2', 'at least 32 characters'],
    ['PDS_KEY_ENCRYPTION_KEY_HEX', 'hunter2', '64 hexadecimal digits'],
    ['PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX', '0'.repeat(64), 'not a secp256k1 private key'],
    ['PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX', 'f'.repeat(64), 'not a secp256k1 private key'],
    ['PDS_PASSWORD_HASH_COST', '3', 'from 4 to 15'],
    ['PDS_PASSWORD_HASH_COST', '31', 'from 4 to 15'],
    ['PDS_TRUSTED_PROXIES', 'true', 'whole number'],
    ['PDS_CORS_ORIGINS', 'app.example', 'must be *, none, or list origins'],
    ['PDS_CORS_ORIGINS', 'https://app.example/', 'must be *, none, or list origins'],
    ['PDS_CORS_ORIGINS', 'https://app.example:443', 'must be *, none, or list origins'],
    ['PDS_CORS_ORIGINS', 'https://a.test, *', 'must be *, none, or list origins'],
    ['PDS_CORS_ORIGINS', 'null', 'must be *, none, or list origins'],
    ['PDS_CORS_ORIGINS', ',', 'must be *, none, or list origins'],
    ['PDS_LOG_LEVEL', 'loud', 'one of debug, info, warn, error, silent'],
    ['PDS_LOG_FORMAT', 'xml', 'one of json, text'],
    ['PDS_PRIMARY_COLOR', 'blue', 'must be a colour such as'],
    ['PDS_ERROR_COLOR', '#12345', 'must be a colour such as'],
    ['PDS_INFO_COLOR', 'rgb(256, 0, 0)', 'must be a colour such as'],
    ['PDS_LOGO_URL', 'javascript:alert(1)', 'http:// or https://'],
    ['PDS_RATE_LIMIT_BYPASS_KEY', 'hunter2', 'at least 16 characters'],
  ])('%s=%j', (name, value, what) => {
    expect(problems({ [name]: value })).toEqual({ [name]: expect.stringContaining(what) })
  })

  it('reports every problem at once, and repeats no secret', () => {
    const found = problems({
      PDS_PORT: 'x',
      PDS_JWT_SECRET: 'hunter2',
      PDS_DB_POSTGRES_URL: 'hunter2',
      PDS_EMAIL_SMTP_URL: 'smtp://u:hunter2@mail.test',
      PDS_KEY_ENCRYPTION_KEY_HEX: 'hunter2',
    })
    expect(Object.keys(found).sort()).toEqual([
      'PDS_DB_POSTGRES_URL',
      'PDS_EMAIL_FROM_ADDRESS',
      'PDS_JWT_SECRET',
      'PDS_KEY_ENCRYPTION_KEY_HEX',
      'PDS_PORT',
    ])
    expect(JSON.stringify(found)).not.toContain('hunter2')
  })

  it('writes nothing when there are problems', async () => {
    problems({ PDS_PORT: 'x' })
    expect(await readdir(data)).toEqual([])
  })
})

describe('loadConfig in production', () => {
  it('accepts a complete configuration and generates nothing', async () => {
    const { advice } = load({
      ...PRODUCTION,
      PDS_DB_POSTGRES_URL: 'postgres://db.acme.io/pds',
      PDS_EMAIL_SMTP_URL: 'smtps://mail.acme.io',
      PDS_EMAIL_FROM_ADDRESS: 'Acme <noreply@acme.io>',
      PDS_DID_PLC_URL: 'https://plc.directory',
    })
    expect(advice).toEqual([])
    expect(await readdir(data)).toEqual([])
  })

  it('listens on loopback only, unless configured otherwise or in production', () => {
    expect(load({}).listenAddress).toBe('127.0.0.1')
    expect(load({ PDS_LISTEN_ADDRESS: '::' }).listenAddress).toBe('::')
    expect(load(PRODUCTION).listenAddress).toBeUndefined()
  })

  it('requires every secret', () => {
    const found = problems({ NODE_ENV: 'production' })
    expect(Object.keys(found).sort()).toEqual([
      'PDS_ADMIN_PASSWORD',
      'PDS_JWT_SECRET',
      'PDS_KEY_ENCRYPTION_KEY_HEX',
      'PDS_PASSWORD_PEPPER',
      'PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX',
    ])
    for (const what of Object.values(found)) {
      expect(what).toMatch(/^is required in production; make one with: openssl rand -hex (16|32)$/)
    }
  })

  it.each([
    ['PDS_ADMIN_PASSWORD', 'admin', 'at least 12'],
    ['PDS_ADMIN_PASSWORD', 'password1234', 'placeholder'],
    ['PDS_ADMIN_PASSWORD', 'aaaaaaaaaaaaaaaa', 'too few different'],
    ['PDS_JWT_SECRET', 'a'.repeat(64), 'too few different'],
    ['PDS_JWT_SECRET', 'your-jwt-secret-goes-here-and-is-long', 'placeholder'],
    ['PDS_JWT_SECRET', 'CHANGE_ME_CHANGE_ME_CHANGE_ME_1234', 'placeholder'],
    ['PDS_KEY_ENCRYPTION_KEY_HEX', '01'.repeat(32), 'too few different'],
    ['PDS_PASSWORD_PEPPER', PRODUCTION.PDS_JWT_SECRET, 'same as PDS_JWT_SECRET'],
    ['PDS_PASSWORD_HASH_COST', '9', 'at least 10'],
  ])('refuses %s=%s', (name, value, what) => {
    expect(problems({ ...PRODUCTION, [name]: value })).toEqual({
      [name]: expect.stringContaining(what),
    })
  })

  it('warns of settings that work but may not be intended', () => {
    const { PDS_HOSTNAME: _, ...local } = PRODUCTION
    const { advice } = load(local)
    expect(advice).toEqual([
      expect.stringContaining('PDS_HOSTNAME is localhost'),
      expect.stringContaining('PDS_DB_POSTGRES_URL is not set'),
      expect.stringContaining('PDS_EMAIL_SMTP_URL is not set'),
      expect.stringContaining('PDS_DID_PLC_URL is not set'),
    ])
  })
})

describe('unknown names', () => {
  it('are reported, with a suggestion', () => {
    expect(
      load({ PDS_HOST_NAME: 'x', PDS_BLOBSTORE_DISK_LOCATION: '/x', OTHER: 'x' }).advice,
    ).toEqual([
      'PDS_HOST_NAME is not a setting of this program and is ignored; did you mean PDS_HOSTNAME?',
      'PDS_BLOBSTORE_DISK_LOCATION is not a setting of this program and is ignored',
    ])
  })
})
