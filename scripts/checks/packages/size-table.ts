import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from '../../packages/packages.ts'
import type { Installation } from './installation.ts'

const README = join(ROOT, 'README.md')
const TABLE = /(<!-- table: installed -->\n)([\s\S]*?)(<!-- end -->)/

/** Relative tolerance: versions move within their ranges, and sizes with them. */
const TOLERANCE = 0.1

/** Outdated rows of the README's table of dependencies. */
export async function compareSizes(measured: readonly Installation[]): Promise<readonly string[]> {
  const table = TABLE.exec(await readFile(README, 'utf8'))?.[2] ?? ''
  const problems = measured.flatMap((installation) => {
    const row = new RegExp(`^\\| \`${installation.name}\` +\\|(.*)\\|$`, 'm').exec(table)?.[1]
    if (row === undefined) return [`README.md has no row for ${installation.name}`]
    const [direct, packages, megabytes] = row.split('|').map((cell) => Number.parseFloat(cell))
    const comparisons = [
      ['direct dependencies', direct, installation.direct],
      ['packages', packages, installation.packages],
      ['MB', megabytes, toMegabytes(installation.bytes)],
    ] as const
    return comparisons
      .filter(([, written = 0, now]) => Math.abs(now - written) > TOLERANCE * written)
      .map(
        ([unit, written, now]) =>
          `${installation.name}: README.md says ${written} ${unit}, but ${now}`,
      )
  })
  return problems.length > 0 ? [...problems, 'To update them: npm run sizes'] : []
}

export async function writeSizes(measured: readonly Installation[]): Promise<void> {
  const rows = measured.map(({ name, direct, packages, bytes }) => {
    return `| \`${name}\` | ${direct} | ${packages} | ${toMegabytes(bytes)} MB |`
  })
  const table = [
    '| Package | Direct dependencies | Packages in all | Installed |',
    '| --- | --- | --- | --- |',
    ...rows,
  ]
  const readme = await readFile(README, 'utf8')
  if (!TABLE.test(readme)) throw new Error('README.md has no place for the table')
  await writeFile(
    README,
    readme.replace(TABLE, (_, start, _old, end) => `${start}\n${table.join('\n')}\n\n${end}`),
  )
}

function toMegabytes(bytes: number): number {
  return Math.round(bytes / 1e6)
}
