import { boolean, color, url } from '../value.ts'
import type { SettingsOf } from './setting.ts'

/** Sign-in to apps, and how its pages look. */
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
      'Whether people sign in to apps by OAuth, and look after their account at `/account`.',
    read: boolean,
  },
  logoUrl: {
    name: 'PDS_LOGO_URL',
    otherwise: 'none',
    description: 'Image on those pages.',
    read: web,
  },
  primaryColor: {
    name: 'PDS_PRIMARY_COLOR',
    otherwise: AS_THE_UI,
    description: 'Colour of buttons and links there: `#rgb`, `#rrggbb` or `rgb(r, g, b)`.',
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
    description: 'Colour of what succeeded.',
    read: color,
  },
  backgroundLightUrl: {
    name: 'PDS_BACKGROUND_LIGHT_URL',
    otherwise: 'none',
    description: 'Image behind the pages on light screens.',
    read: web,
  },
  backgroundDarkUrl: {
    name: 'PDS_BACKGROUND_DARK_URL',
    otherwise: 'none',
    description: 'Image behind the pages on dark screens.',
    read: web,
  },
  homeUrl: {
    name: 'PDS_HOME_URL',
    otherwise: 'no link',
    description: 'Home page of the service, linked below the pages.',
    read: web,
  },
  supportUrl: {
    name: 'PDS_SUPPORT_URL',
    otherwise: 'no link',
    description: 'Page for people who need help, linked there.',
    read: web,
  },
}
