/** Settings of all mails of a service. Only from configuration, never from a request. */
export interface MailSettings {
  /** Name of the service, for example its host name. */
  readonly serviceName: string
}
