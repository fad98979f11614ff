/**
 * The steps between which a process may die. Each is passed exactly where a crash leaves something
 * different behind; `…-ing` is inside the transaction, just before it commits.
 */
export const faultPoints = [
  'create:hashed',
  'create:reserving',
  'create:reserved',
  'create:published',
  'create:activating',
  'create:activated',
  'reconcile:claimed',
  'reconcile:published',
  'delete:deleting',
  'delete:deleted',
  'purge:purging',
  'purge:purged',
  'reset:hashed',
  'reset:changing',
  'reset:changed',
  'mail:claimed',
  'mail:prepared',
  'mail:sent',
  'mail:done',
] as const

/** See {@link faultPoints}. */
export type FaultPoint = (typeof faultPoints)[number]

/** Called when a step is passed. For tests, which end the process there. */
export type ReachFaultPoint = (point: FaultPoint) => void
