import {
  did,
  emailAddress,
  handleDomain,
  hostname,
  integer,
  ipAddress,
  list,
  origins,
  text,
  url,
} from '../value.ts'
import type { SettingsOf } from './setting.ts'

/** Identity and addresses of the service. */
export interface ServiceValues {
  readonly port: number
  readonly listenAddress: string | undefined
  readonly hostname: string
  readonly serviceName: string | undefined
  readonly serviceDid: string | undefined
  readonly handleDomains: readonly string[] | undefined
  readonly dataDirectory: string
  readonly trustedProxies: number
  readonly corsOrigins: '*' | readonly string[]
  readonly privacyPolicyUrl: string | undefined
  readonly termsOfServiceUrl: string | undefined
  readonly contactEmail: string | undefined
}

export const serviceSettings: SettingsOf<ServiceValues> = {
  port: {
    name: 'PDS_PORT',
    default: '2583',
    description: 'Port to listen on; 0 picks a free one.',
    read: integer(0, 65_535),
  },
  listenAddress: {
    name: 'PDS_LISTEN_ADDRESS',
    otherwise: '`127.0.0.1`; with `NODE_ENV=production` every address',
    description: 'IP address to listen on; `::` for all.',
    read: ipAddress,
  },
  hostname: {
    name: 'PDS_HOSTNAME',
    default: 'localhost',
    description:
      'Public host name of the service. It becomes part of DID documents, invite codes and mails.',
    read: hostname,
  },
  serviceName: {
    name: 'PDS_SERVICE_NAME',
    otherwise: '`PDS_HOSTNAME`',
    description: 'Name of the service in mails and pages.',
    read: text,
  },
  serviceDid: {
    name: 'PDS_SERVICE_DID',
    otherwise: '`did:web:<PDS_HOSTNAME>`',
    description: 'DID of the service: issuer and audience of its tokens.',
    read: did,
  },
  handleDomains: {
    name: 'PDS_SERVICE_HANDLE_DOMAINS',
    otherwise: '`.test` on localhost, else `.<PDS_HOSTNAME>`',
    description: 'Domains of the handles given out, separated by commas.',
    read: list(handleDomain),
  },
  dataDirectory: {
    name: 'PDS_DATA_DIRECTORY',
    default: './data',
    description: 'Where the built-in database, generated secrets and mail files are kept.',
    read: text,
  },
  trustedProxies: {
    name: 'PDS_TRUSTED_PROXIES',
    default: '0',
    description: 'Number of proxies in front that append to `X-Forwarded-For`.',
    read: integer(0, 10),
  },
  corsOrigins: {
    name: 'PDS_CORS_ORIGINS',
    default: '*',
    description:
      'Origins whose pages may call the methods, separated by commas, such as `https://app.example.com`; `*` for all, `none` for none.',
    read: origins,
  },
  privacyPolicyUrl: {
    name: 'PDS_PRIVACY_POLICY_URL',
    otherwise: 'none',
    description:
      'Privacy policy, returned by `describeServer` and linked at the bottom of the OAuth pages.',
    read: url('http', 'https'),
  },
  termsOfServiceUrl: {
    name: 'PDS_TERMS_OF_SERVICE_URL',
    otherwise: 'none',
    description: 'Terms of service, returned and linked likewise.',
    read: url('http', 'https'),
  },
  contactEmail: {
    name: 'PDS_CONTACT_EMAIL_ADDRESS',
    otherwise: 'none',
    description: 'Contact email address, returned by `describeServer`.',
    read: emailAddress,
  },
}
