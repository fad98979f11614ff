import type * as GetAccountsConfig from '@lexwright/generated/types/com/atproto/server/getAccountsConfig'

/** `com.atproto.server.getAccountsConfig` */
export function getAccountsConfig(
  config: GetAccountsConfig.OutputSchema,
): GetAccountsConfig.Handler {
  return async () => ({ encoding: 'application/json', body: config })
}
