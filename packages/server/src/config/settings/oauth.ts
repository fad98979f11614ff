import { boolean, color, url } from '../value.ts'
import type { SettingsOf } from './setting.ts'

/** OAuth for apps, and the look of its pages. */
export interface OAuthValues {
  readonly oauthEnabled: boolean
  readonly logoUrl: string | undefined
  readonly primaryColor: string | undefined
  readonly errorColor: string | undefined
  readonly warningColor: string | undefined
  readonly infoColor: string | undefined
  readonly successColor: string | undefined
  readonly backgroundLightUrl: string | undefined
  readonly backgroundDarkUrl: string | undefined
  readonly homeUrl: string | undefined
  readonly supportUrl: string | undefined
}

const web = url('http', 'https')
const AS_THE_UI = 'that of the pages'

export const oauthSettings: SettingsOf<OAuthValues> = {
  oauthEnabled: {
    name: 'PDS_OAUTH_ENABLED',
    default: 'true',
    description:
      'True to let users sign in to apps by OAuth and manage their account at `/account`.',
    read: boolean,
  },
  logoUrl: {
    name: 'PDS_LOGO_URL',
    otherwise: 'none',
    description: 'Logo on the OAuth pages.',
    read: web,
  },
  primaryColor: {
    name: 'PDS_PRIMARY_COLOR',
    otherwise: AS_THE_UI,
    description: 'Colour of their buttons and links: `#rgb`, `#rrggbb` or `rgb(r, g, b)`.',
    read: color,
  },
  errorColor: {
    name: 'PDS_ERROR_COLOR',
    otherwise: AS_THE_UI,
    description: 'Colour of errors.',
    read: color,
  },
  warningColor: {
    name: 'PDS_WARNING_COLOR',
    otherwise: AS_THE_UI,
    description: 'Colour of warnings.',
    read: color,
  },
  infoColor: {
    name: 'PDS_INFO_COLOR',
    otherwise: AS_THE_UI,
    description: 'Colour of hints.',
    read: color,
  },
  successColor: {
    name: 'PDS_SUCCESS_COLOR',
    otherwise: AS_THE_UI,
    description: 'Colour of success messages.',
    read: color,
  },
  backgroundLightUrl: {
    name: 'PDS_BACKGROUND_LIGHT_URL',
    otherwise: 'none',
    description: 'Background image in light mode.',
    read: web,
  },
  backgroundDarkUrl: {
    name: 'PDS_BACKGROUND_DARK_URL',
    otherwise: 'none',
    description: 'Background image in dark mode.',
    read: web,
  },
  homeUrl: {
    name: 'PDS_HOME_URL',
    otherwise: 'no link',
    description: 'Home page of the service, linked at the bottom of the pages.',
    read: web,
  },
  supportUrl: {
    name: 'PDS_SUPPORT_URL',
    otherwise: 'no link',
    description: 'Help page, linked there.',
    read: web,
  },
}
