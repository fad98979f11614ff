let common: Promise<ReadonlySet<string>> | undefined

/** Some 4 MB, loaded with the first password to keep startup fast. */
async function loadCommon(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  return new Set(dictionary['passwords-common'])
}

/**
 * True if a password is one of the ~49,000 most common ones (the list of zxcvbn-ts, drawn from
 * breaches; all lower-case). Case and compatibility forms do not hide a common password:
 * `PASSWORD1` and full-width `ｐａｓｓｗｏｒｄ１` are still `password1`.
 *
 * @param normalized the password in NFC.
 */
export async function isCommonPassword(normalized: string): Promise<boolean> {
  common ??= loadCommon()
  return (await common).has(normalized.normalize('NFKC').toLowerCase())
}
