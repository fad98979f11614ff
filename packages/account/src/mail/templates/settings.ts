/** What every mail of a service has in common. From configuration only, never from a request. */
export interface MailSettings {
  /** What the service is called, for example its host name. */
  readonly serviceName: string
}
