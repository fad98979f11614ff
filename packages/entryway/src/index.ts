export type { Host, HostState, Hosts } from './hosts/host.ts'
export { hostMethods } from './proxy/methods.ts'
export { migrateEntryway } from './store/migrate.ts'
export {
  createEntrywayTokens,
  type EntrywayTokens,
  type EntrywayTokensOptions,
} from './tokens/entryway-tokens.ts'
