/** Settings that all mails of a service share. From configuration only, never from a request. */
export interface MailSettings {
  /** Name of the service, for example its host name. */
  readonly serviceName: string
}
