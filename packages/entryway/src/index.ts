export type { AdoptionOptions, AdoptionReport } from './adoption/adopt-accounts.ts'
export { createEntryway, type Entryway } from './create-entryway.ts'
export type { Host, HostState, Hosts } from './hosts/host.ts'
export type { DrainOptions, DrainReport, MoveOptions, Moves } from './moves/create-moves.ts'
export {
  type Move,
  MoveError,
  type MoveErrorCode,
  type MoveProgress,
  type MoveStep,
} from './moves/move.ts'
export type {
  EntrywayOperator,
  HostRequest,
  HostUpdateKind,
  ListedHost,
  OutboxReport,
  PendingUpdate,
} from './operator/entryway-operator.ts'
export { HostError, type HostErrorCode } from './operator/host-error.ts'
export { type HostSettingsOptions, hostSettings } from './operator/host-settings.ts'
export type { EntrywayOptions } from './options.ts'
export { createGateway, type Gateway, type GatewayOptions } from './proxy/gateway.ts'
export { migrateEntryway } from './store/migrate.ts'
export {
  createEntrywayTokens,
  type EntrywayTokens,
  type EntrywayTokensOptions,
} from './tokens/entryway-tokens.ts'
export { createAppKey } from './tokens/keys.ts'
