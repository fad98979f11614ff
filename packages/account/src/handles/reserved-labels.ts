/** Names that belong to the service, or appear to. */
const official = `
  about account accounts admin administration administrator admins announcement announcements
  anonymous billing bot bots brand business ceo chief community contact copyright corp corporate
  customer customers customerservice donate everyone feedback finance founder founders guest help
  helpdesk helpme hiring host info jobs law legal manager marketing media mod moderation moderator
  moderators mods news newsletter nobody official officials operator operators ops owner owners
  partner partners payment payments payroll pr press privacy rules safety sales security service
  services staff status support sysadmin system team teams terms trust user users verification
  verified verify welcome whistleblower`

/** Mailboxes with a defined meaning (RFC 2142), and senders of automatic mail. */
const mailboxes = `
  abuse alerts bounce bounces daemon hostmaster mailer-daemon mailerdaemon no-reply noc noreply
  notification notifications postmaster root sudo superuser webmaster`

/** Host names with a defined meaning (RFC 6761 among others) or common on websites. */
const hosts = `
  api apis app apps assets auth autoconfig autodiscover backup beta blog cache cdn chat cloud cname
  config console cpanel dashboard data database demo dev developer developers dns docs download
  downloads email example feed feeds files forum ftp gateway git go graphql http https images imap
  img internal invalid isatap kb lists local localdomain localhost login logout mail metrics mobile
  monitor mta mta-sts mx mysql ns ns1 ns2 ns3 ntp oauth origin pop pop3 portal postgres private prod
  production proxy public redirect register relay sandbox search secure server servers sftp sharing
  shop signin signup sip smtp sso ssh ssl staging static stats store storage stream svn test testing
  tls tracker upload uploads uptime video vpn web webdav webmail websocket whois wiki wpad www www1
  www2 www3`

/** Terms of the AT Protocol. */
const protocol = `
  appview atp atproto bgs bluesky bsky did directory feedgen firehose handle handles invite invites
  labeler lexicon lexicons nsid ozone pds plc repo xrpc`

/** Words with a meaning in software, and likely paths of an application. */
const software = `
  accept bookmarks browse compose constructor create delete deleted discover edit explore false
  favorites follow followers following home inbox join likes list me messages new nil none null
  password people post posts profile profiles prototype replies report reports reset robots rss self
  session sessions settings share sitemap subscribe suspended tag tags timeline tostring trending
  true undefined unknown unsubscribe update valueof void well-known you`

/** Labels reserved by default. */
export const defaultReservedLabels: readonly string[] = [
  official,
  mailboxes,
  hosts,
  protocol,
  software,
].flatMap((words) => words.trim().split(/\s+/))
