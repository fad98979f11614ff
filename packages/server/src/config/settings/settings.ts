import { type AccountValues, accountSettings } from './accounts.ts'
import { type DatabaseValues, databaseSettings } from './database.ts'
import { type EntrywayValues, entrywaySettings } from './entryway.ts'
import { type MailValues, mailSettings } from './mail.ts'
import { type OAuthValues, oauthSettings } from './oauth.ts'
import { type OperationValues, operationSettings } from './operation.ts'
import {
  type PreviousSecretValues,
  previousSecretSettings,
  type SecretValues,
  secretSettings,
} from './secrets.ts'
import { type ServiceValues, serviceSettings } from './service.ts'
import type { Setting, SettingsOf } from './setting.ts'

/** The value of every setting, each valid by itself. */
export interface SettingValues
  extends ServiceValues,
    DatabaseValues,
    AccountValues,
    MailValues,
    OAuthValues,
    EntrywayValues,
    SecretValues,
    PreviousSecretValues,
    OperationValues {}

/** Every environment variable of the program. */
export const settings: SettingsOf<SettingValues> = {
  ...serviceSettings,
  ...databaseSettings,
  ...accountSettings,
  ...mailSettings,
  ...oauthSettings,
  ...entrywaySettings,
  ...secretSettings,
  ...previousSecretSettings,
  ...operationSettings,
}

/** The settings by subject, in the order of `--help` and the README. */
export const settingGroups: readonly {
  readonly title: string
  readonly settings: Readonly<Record<string, Setting>>
}[] = [
  { title: 'Service', settings: { ...serviceSettings } },
  { title: 'Database', settings: { ...databaseSettings } },
  { title: 'Accounts', settings: { ...accountSettings } },
  { title: 'Mail', settings: { ...mailSettings } },
  { title: 'Apps', settings: { ...oauthSettings } },
  { title: 'Entryway', settings: { ...entrywaySettings } },
  { title: 'Secrets', settings: { ...secretSettings, ...previousSecretSettings } },
  { title: 'Operation', settings: { ...operationSettings } },
]
