import { dictionary } from '@zxcvbn-ts/language-common'

/** Some 4 MB, made while the program starts and not while somebody waits. */
const common: ReadonlySet<string> = new Set(dictionary['passwords-common'])

/**
 * Whether a password is one of the ~49,000 most common ones (the list of zxcvbn-ts, drawn from
 * breaches; all lower-case). Case and compatibility forms do not hide a common password:
 * `PASSWORD1` and full-width `ｐａｓｓｗｏｒｄ１` are still `password1`.
 *
 * @param normalized the password in NFC.
 */
export function isCommonPassword(normalized: string): boolean {
  return common.has(normalized.normalize('NFKC').toLowerCase())
}
