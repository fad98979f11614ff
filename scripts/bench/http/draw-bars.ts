export interface Bar {
  readonly name: string
  readonly value: number
}

const ROW = 26
const LABELS = 220
const LONGEST = 360
const TOP = 34

/** Draws a bar chart as SVG, longest bar first. Follows the reader's colour scheme. */
export function drawBars(title: string, bars: readonly Bar[]): string {
  const sorted = bars.toSorted((a, b) => b.value - a.value)
  const most = sorted[0]?.value ?? 1
  const rows = sorted.flatMap(({ name, value }, index) => {
    const y = TOP + index * ROW
    const width = Math.max(1, Math.round((value / most) * LONGEST))
    return [
      `<text x="${LABELS - 8}" y="${y + 16}" text-anchor="end">${escapeXml(name)}</text>`,
      `<rect x="${LABELS}" y="${y + 3}" width="${width}" height="${ROW - 8}" rx="2"/>`,
      `<text x="${LABELS + width + 6}" y="${y + 16}">${Math.round(value).toLocaleString('en')}</text>`,
    ]
  })
  const [width, height] = [LABELS + LONGEST + 80, TOP + sorted.length * ROW + 8]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    '<style>text{font:13px system-ui,sans-serif;fill:#1f2328}rect{fill:#3b82c4}@media(prefers-color-scheme:dark){text{fill:#e6edf3}rect{fill:#5aa2e0}}</style>',
    `<text x="8" y="20" font-weight="bold">${escapeXml(title)}</text>`,
    ...rows,
    '</svg>\n',
  ].join('\n')
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
