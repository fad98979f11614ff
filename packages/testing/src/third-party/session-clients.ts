/** Clients of today beside AtpAgent, each with rules of its own for when a session is refreshed and when it is over. */
export { PasswordSession as AtcuteSession } from '@atcute/password-session'
export { PasswordSession as LexSession } from '@atproto/lex-password-session'
