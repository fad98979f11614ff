/** The sides of a call to generate code for. Shared code is always written. */
export interface Targets {
  /** `index.ts`, and the handler types of each method. */
  readonly server: boolean
  /** `client.ts`, and the call types and functions of each method. */
  readonly client: boolean
}

export const BOTH: Targets = { server: true, client: true }
