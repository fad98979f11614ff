import type { Command } from 'commander'
import { publicUrlOf } from '../accounts.ts'
import { type Config, loadConfig } from '../config/load-config.ts'
import { openDatabase } from '../database/open-database.ts'
import type { Console } from './console.ts'
import { CommandError } from './exit-codes.ts'
import { facts, json } from './layout.ts'
import { jsonOption } from './options.ts'
import { commandLogger } from './with-accounts.ts'

interface CheckOptions {
  readonly json?: true
  readonly connect?: true
}

/** Something the service depends on, and what is wrong with it. */
interface Connection {
  readonly to: string
  readonly problem: string | null
}

/** `config check` */
export function addConfigCommands(program: Command, console: Console): void {
  program
    .command('config')
    .description('look at the configuration')
    .command('check')
    .description('read the configuration as the server would, and say what follows from it')
    .option('--connect', 'try the database and the DID directory, too')
    .addOption(jsonOption())
    .action((options: CheckOptions) => check(console, options))
}

const DIRECTORY_TIMEOUT_MS = 5_000

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

function describe(config: Config, connections: readonly Connection[]): string {
  return facts([
    ['Public URL', publicUrlOf(config, config.port)],
    ['Service DID', config.serviceDid],
    ['Handles', config.handleDomains.map((domain) => `*${domain}`).join(', ')],
    ['Invites', config.inviteRequired ? 'required' : 'not required'],
    ['Database', config.postgresUrl === undefined ? 'built in' : 'PostgreSQL'],
    ['DID directory', config.plcUrl ?? 'none: DIDs are signed and stored'],
    ['Mail', config.smtpUrl === undefined ? 'files' : `SMTP, from ${config.emailFrom}`],
    ['Rate limits', rateLimits(config)],
    ...connections.map(({ to, problem }) => [to, problem ?? 'answers'] as const),
  ])
}

function rateLimits(config: Config): string {
  if (!config.rateLimitsEnabled) return 'off'
  return config.redisAddress === undefined ? 'in the database' : 'in Redis'
}

async function connect(config: Config, console: Console): Promise<readonly Connection[]> {
  const attempts: readonly (readonly [string, Promise<unknown>])[] = [
    ['Connection to the database', openAndClose(config, console)],
    ...(config.plcUrl === undefined
      ? []
      : [['Connection to the DID directory', askDirectory(config.plcUrl)] as const]),
  ]
  return await Promise.all(
    attempts.map(async ([to, attempt]) => ({
      to,
      problem: await attempt.then(
        () => null,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      ),
    })),
  )
}

async function openAndClose(config: Config, console: Console): Promise<void> {
  const database = await openDatabase(config, commandLogger(console))
  await database.close()
}

async function askDirectory(url: string): Promise<void> {
  const response = await fetch(new URL('/_health', url), {
    signal: AbortSignal.timeout(DIRECTORY_TIMEOUT_MS),
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`it answered ${response.status}`)
}
