/** The account suites of the reference, without `.test.ts`. */
export const SUITES: readonly string[] = [
  'account',
  'account-deactivation',
  'account-deletion',
  'account-migration',
  'account-status',
  'app-passwords',
  'auth',
  'email-confirmation',
  'get-service-auth',
  'handles',
  'invite-codes',
  'invites-admin',
  'moderation',
  'moderator-auth',
  'plc-operations',
  'rate-limits',
]
