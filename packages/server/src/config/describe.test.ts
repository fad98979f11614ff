import { readFile } from 'node:fs/promises'
import { describe, expect, it } from '@jest/globals'
import { describeSettings, settingsMarkdown } from './describe.ts'
import type { Setting } from './settings/setting.ts'
import { settingGroups, settings } from './settings/settings.ts'

describe('the table of settings', () => {
  it('shows every setting once, with a sentence as description', () => {
    const shown = settingGroups.flatMap((group) => Object.values(group.settings))
    expect(shown.map(({ name }) => name).sort()).toEqual(
      Object.values({ ...settings })
        .map(({ name }) => name)
        .sort(),
    )
    expect(new Set(shown.map(({ name }) => name)).size).toBe(shown.length)
    for (const { description } of shown) expect(description).toMatch(/^[A-Zb`'].*\.$/)
  })

  it('reads its own defaults', () => {
    for (const setting of Object.values<Setting>({ ...settings })) {
      const text = setting.default
      if (text !== undefined) expect(() => setting.read(text)).not.toThrow()
    }
  })

  it('matches the README', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
    expect(unaligned(readme)).toContain(settingsMarkdown())
  })

  it('matches --help', () => {
    expect(describeSettings()).toContain(
      '  PDS_PORT\n      Port to listen on; 0 picks a free one. [2583]',
    )
  })
})

/** Removes the blanks and dashes that align table columns. */
function unaligned(markdown: string): string {
  return markdown.replace(/ +\|/g, ' |').replace(/-{3,}/g, '---')
}
