export type { Host, HostState, Hosts } from './hosts/host.ts'
export { migrateEntryway } from './store/migrate.ts'
