/**
 * The commands of a README's `sh` blocks, without comments. Other blocks contain output, or commands that do not end.
 */
export function commandsOf(readme: string): string[] {
  const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = '']) => text)
  return blocks.flatMap((text) =>
    text
      .split('\n')
      .map((line) => line.replace(/(^|\s+)#.*$/, '').trim())
      .filter((line) => line !== ''),
  )
}
