import type { Setting } from './settings/setting.ts'
import { settingGroups } from './settings/settings.ts'

/** The settings as text for `--help`. */
export function describeSettings(): string {
  return settingGroups
    .map(({ title, settings }) => {
      const lines = Object.values(settings).map(
        (setting) =>
          `  ${setting.name}\n      ${plain(setting.description)} [${plain(whenMissing(setting))}]`,
      )
      return `${title}:\n${lines.join('\n')}`
    })
    .join('\n\n')
}

/** The settings as Markdown tables for the README. */
export function settingsMarkdown(): string {
  return settingGroups
    .map(({ title, settings }) => {
      const rows = Object.values(settings).map(
        (setting) =>
          `| \`${setting.name}\` | ${markdownDefault(setting)} | ${setting.description} |`,
      )
      return [
        `### ${title}`,
        '',
        '| Variable | Default | Meaning |',
        '| --- | --- | --- |',
        ...rows,
      ].join('\n')
    })
    .join('\n\n')
}

function whenMissing({ default: text, otherwise }: Setting): string {
  return text ?? otherwise ?? ''
}

function markdownDefault(setting: Setting): string {
  return setting.default === undefined ? whenMissing(setting) : `\`${setting.default}\``
}

function plain(markdown: string): string {
  return markdown.replaceAll('`', '')
}
