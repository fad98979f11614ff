import { relative } from 'node:path'
import type { Config } from './config/load-config.ts'
import { mailDirectory } from './config/places.ts'
import { secretSettings } from './config/settings/secrets.ts'
import type { RunningAccountServer } from './serve-accounts.ts'
import { version } from './version.ts'

/**
 * Printed once the program runs: its addresses and folders, and first commands to paste into a
 * shell.
 */
export function greeting(config: Config, server: RunningAccountServer): string {
  const facts = [
    [
      'Listening on',
      `${server.publicUrl}${server.publicUrl.startsWith('https') ? ` (port ${server.port})` : ''}`,
    ],
    ...(config.apiPageEnabled ? [['Methods', `${server.publicUrl}/ in a browser`]] : []),
    ...(config.oauthEnabled ? [['Account page', `${server.publicUrl}/account`]] : []),
    ['Service DID', config.serviceDid],
    ['Handles', config.handleDomains.map((domain) => `*${domain}`).join(', ')],
    ['Database', server.databaseLocation],
    ['Mail', config.smtpUrl === undefined ? `.eml files in ${mailDirectory(config)}` : 'by SMTP'],
    ...(config.adminPasswordFile === undefined
      ? []
      : [['Admin password', `in ${config.adminPasswordFile}`]]),
  ]
  return [
    `Lexwright ${version}: accounts of the AT Protocol, for clients of 2022 and of today`,
    ...facts.map(([name = '', value]) => `  ${name.padEnd(15)} ${value}`),
    ...(config.createdSecrets.length === 0
      ? []
      : [
          '',
          `New secrets were generated in ${config.dataDirectory}/secrets, readable only by this user. Keep them with the data.`,
        ]),
    '',
    'Create an account:',
    '',
    ...firstCalls(config, server).map((line) => `  ${line}`),
    '',
  ].join('\n')
}

/** Commands that work as printed on this machine. */
function firstCalls(config: Config, { port }: RunningAccountServer): readonly string[] {
  const host = loopback(config.listenAddress)
  const call = (method: string) => `http://${host}:${port}/xrpc/com.atproto.account.${method}`
  const json = "-H 'Content-Type: application/json'"
  const account = {
    handle: `alice${config.handleDomains[0]}`,
    email: 'alice@example.com',
    password: 'correct horse battery staple',
  }
  if (!config.inviteRequired) {
    return [`curl ${call('create')} ${json} -d '${JSON.stringify(account)}'`]
  }
  const password =
    config.adminPasswordFile === undefined
      ? `$${secretSettings.adminPassword.name}`
      : `$(cat ${shellQuote(relative('.', config.adminPasswordFile))})`
  return [
    `INVITE=$(curl -s -u "admin:${password}" ${call('createInviteCode')} ${json} -d '{"useCount":1}' | cut -d'"' -f4)`,
    `curl ${call('create')} ${json} -d '${JSON.stringify(account).slice(0, -1)},"inviteCode":"'$INVITE'"}'`,
  ]
}

function loopback(address: string | undefined): string {
  if (address === undefined || address === '0.0.0.0' || address === '::') return 'localhost'
  return address.includes(':') ? `[${address}]` : address
}

function shellQuote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
