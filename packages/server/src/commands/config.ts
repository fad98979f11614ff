import type { Command } from 'commander'
import { type Config, loadConfig } from '../config/load-config.ts'
import { publicUrlOf } from '../config/places.ts'
import type { Connection } from './connections.ts'
import type { Console } from './console.ts'
import { CommandError } from './exit-codes.ts'
import { facts, json } from './layout.ts'
import { jsonOption } from './options.ts'
import { commandLogger } from './with-accounts.ts'

interface CheckOptions {
  readonly json?: true
  readonly connect?: true
}

/** `config check` */
export function addConfigCommands(program: Command, console: Console): void {
  program
    .command('config')
    .description('check the configuration')
    .command('check')
    .description('read the configuration like the server and print the result')
    .option('--connect', 'also test every dependency and compare secrets with the database')
    .addOption(jsonOption())
    .action((options: CheckOptions) => check(console, options))
}

async function check(console: Console, options: CheckOptions): Promise<void> {
  const config = loadConfig(console.environment())
  const connections = options.connect ? await connect(config, console) : []
  const problems = connections.filter(({ problem }) => problem !== null)
  if (options.json) {
    console.write(json({ ok: problems.length === 0, advice: config.advice, connections }))
  } else {
    console.write(describe(config, connections))
    for (const advice of config.advice) console.tell(`${advice}\n`)
  }
  if (problems.length > 0) {
    throw new CommandError(
      'failed',
      problems.map(({ to, problem }) => `${to}: ${problem}`).join('\n'),
    )
  }
}

async function connect(config: Config, console: Console): Promise<readonly Connection[]> {
  const { tryConnections } = await import('./connections.ts')
  return await tryConnections(config, commandLogger(console))
}

function describe(config: Config, connections: readonly Connection[]): string {
  return facts([
    ['Public URL', publicUrlOf(config, config.port)],
    ['Service DID', config.serviceDid],
    ['Handles', config.handleDomains.map((domain) => `*${domain}`).join(', ')],
    ['Invites', config.inviteRequired ? 'required' : 'not required'],
    ['Apps', config.oauthEnabled ? 'sign in by OAuth' : 'cannot sign in by OAuth'],
    ['Database', config.postgresUrl === undefined ? 'built in' : 'PostgreSQL'],
    ['DID directory', config.plcUrl ?? 'none: DIDs are signed and stored'],
    ['Mail', config.smtpUrl === undefined ? 'files' : `SMTP, from ${config.emailFrom}`],
    ['Rate limits', rateLimits(config)],
    ...connections.map(
      ({ to, problem }) =>
        [to, problem ?? (to === 'Secrets' ? 'match the database' : 'answers')] as const,
    ),
  ])
}

function rateLimits(config: Config): string {
  if (!config.rateLimitsEnabled) return 'off'
  return config.redisAddress === undefined ? 'in the database' : 'in Redis'
}
