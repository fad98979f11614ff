import type { SecretName, SecretState } from '@lexwright/account'
import { Argument, type Command } from 'commander'
import { secretSettingNames } from '../config/wrong-secrets.ts'
import type { Console } from './console.ts'
import { CommandError } from './exit-codes.ts'
import { counted, facts, json } from './layout.ts'
import { jsonOption } from './options.ts'
import { withAccounts, withDatabase } from './with-accounts.ts'

interface JsonOptions {
  readonly json?: true
}

/** `migrate`, `publish` and `keys …`: maintenance. */
export function addUpkeepCommands(program: Command, console: Console): void {
  program
    .command('migrate')
    .description('bring the database up to date')
    .addOption(jsonOption())
    .action((options: JsonOptions) =>
      withDatabase(console, async (database, config) => {
        const { migrate } = await import('../create-accounts.ts')
        const steps = await migrate(config, database)
        if (options.json) return console.write(json({ steps }))
        console.write(
          steps.length === 0
            ? 'nothing to migrate\n'
            : steps.map((step) => `database migrated: ${step}\n`).join(''),
        )
      }),
    )

  program
    .command('publish')
    .description('complete interrupted registrations, and publish pending DIDs and DID updates')
    .addOption(jsonOption())
    .action((options: JsonOptions) => publish(console, options))

  const keys = program.command('keys').description('manage secrets and signing keys')

  keys
    .command('status')
    .description('compare secrets with the database, and count password hashes by pepper')
    .addOption(jsonOption())
    .action((options: JsonOptions) => showSecrets(console, options))

  keys
    .command('accept')
    .description('accept a new secret although the database was used with another')
    .addArgument(new Argument('<secret>', 'which').choices(Object.keys(secretSettingNames)))
    .addHelpText('after', ACCEPT_HELP)
    .addOption(jsonOption())
    .action((name: SecretName, options: JsonOptions) =>
      withAccounts(
        console,
        async ({ operator }) => {
          await operator.acceptSecrets([name])
          console.write(options.json ? json({ accepted: name }) : `${name} is accepted\n`)
        },
        { anySecrets: true },
      ),
    )

  keys
    .command('rotate')
    .description('reseal every signing key under the present key encryption key')
    .addHelpText('after', KEYS_HELP)
    .addOption(jsonOption())
    .action((options: JsonOptions) => rotateKeys(console, options))

  keys
    .command('replace')
    .description('give an account another signing key, in its DID too')
    .argument('<account>', 'its DID, handle or email address')
    .argument('[key]', 'a reserved or former key, as did:key; a new one if omitted')
    .addOption(jsonOption())
    .action((account: string, key: string | undefined, options: JsonOptions) =>
      withAccounts(console, async ({ operator }) => {
        const publicKey = await operator.replaceSigningKey(account, key)
        console.write(options.json ? json({ publicKey }) : `${publicKey}\n`)
      }),
    )

  keys
    .command('export')
    .description('print the private signing key of an account; audited')
    .argument('<account>', 'its DID, handle or email address')
    .addOption(jsonOption())
    .action((account: string, options: JsonOptions) =>
      withAccounts(console, async ({ operator }) => {
        const key = await operator.exportSigningKey(account)
        console.write(
          options.json
            ? json(key)
            : facts([
                ['DID', key.did],
                ['Public key', key.publicKey],
                ['Private key', key.privateKeyHex],
              ]),
        )
      }),
    )
}

const ACCEPT_HELP = `
For a lost secret, or to replace the rotation key. Passwords under a lost
pepper do not verify: their owners must reset them. Signing keys under a lost key
encryption key are lost.
`

const KEYS_HELP = `
Put the new key into PDS_KEY_ENCRYPTION_KEY_HEX and the old one into
PDS_KEY_ENCRYPTION_PREVIOUS_KEYS_HEX, restart every server, run this, then drop the old one.
`

async function publish(console: Console, options: JsonOptions): Promise<void> {
  const { unpublished, hasDirectory, updates, ...report } = await withAccounts(
    console,
    async ({ operator }, { plcUrl }) => {
      const done = await operator.publishPending()
      const updates = await operator.settleUpdates()
      const { unpublishedDids } = await operator.countBacklog()
      return {
        ...done,
        updates,
        unpublished: unpublishedDids,
        hasDirectory: plcUrl !== undefined,
      }
    },
  )
  const { published, released, failed } = report
  console.write(
    options.json
      ? json({ ...report, updates, unpublished })
      : facts([
          ['Published', published],
          ['Refused and released', released],
          ['Failed', failed],
          ['Not published yet', unpublished],
          ['DID updates settled', updates.settled],
          ['DID updates failed', updates.failed],
        ]),
  )
  if (failed > 0) {
    throw new CommandError(
      'incomplete',
      `${counted(failed, 'DID')} could not be published; try again later`,
    )
  }
  if (updates.failed > 0) {
    throw new CommandError(
      'incomplete',
      `${counted(updates.failed, 'DID')} could not be changed; try again later`,
    )
  }
  if (unpublished > 0 && !hasDirectory) {
    console.tell('Set PDS_DID_PLC_URL to publish pending DIDs.\n')
  }
}

async function showSecrets(console: Console, options: JsonOptions): Promise<void> {
  const [secrets, passwordHashes] = await withAccounts(
    console,
    async ({ operator }) =>
      [await operator.compareSecrets(), await operator.countHashes()] as const,
    { anySecrets: true },
  )
  const { current, previous, unknown, imported } = passwordHashes
  console.write(
    options.json
      ? json({ secrets, passwordHashes })
      : facts([
          ...secrets.map(({ name, state }) => [secretSettingNames[name], STATES[state]] as const),
          ['Hashes under this pepper', current],
          ['Hashes under a previous pepper', previous],
          ['Hashes under an unknown pepper', unknown],
          ['Imported hashes', imported],
        ]),
  )
}

const STATES: Readonly<Record<SecretState, string>> = {
  same: 'matches the database',
  rotated: 'new; the former is among the previous ones',
  unknown: 'not recorded yet; the next start records it',
  other: 'not the one this database was used with',
}

async function rotateKeys(console: Console, options: JsonOptions): Promise<void> {
  // With a wrong key, reports each account whose key it cannot open.
  const report = await withAccounts(
    console,
    async ({ operator }, _, entryway) => {
      const report = await operator.resealKeys()
      await entryway?.operator.resealPasswords()
      return report
    },
    { anySecrets: true },
  )
  const { resealed, current, failed } = report
  console.write(
    options.json
      ? json(report)
      : facts([
          ['Resealed', resealed],
          ['Up to date', current],
          ['Failed', failed.length],
        ]),
  )
  if (failed.length > 0) {
    throw new CommandError(
      'incomplete',
      `no configured key decrypts the signing keys of:\n${failed.map((did) => `  ${did}`).join('\n')}`,
    )
  }
}
