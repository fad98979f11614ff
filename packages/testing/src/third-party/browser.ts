import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

export type { BrowserContext, Locator, Page } from 'playwright-core'

/** Paths used by Debian's package and others. */
const executablePath = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => existsSync(path))

/** Reports a missing browser once per test file. */
export function hasBrowser(file: string): boolean {
  if (executablePath !== undefined) return true
  process.stderr.write(`${file}: no Chromium is installed; its tests are skipped\n`)
  return false
}

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface Browser {
  readonly context: BrowserContext
  close(): Promise<void>
}

/** A separate browser with an empty profile. */
export async function openBrowser(options: {
  readonly javaScriptEnabled: boolean
  readonly width: number
}): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'lexwright-browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executablePath ?? '',
    headless: true,
    args: ARGUMENTS,
    javaScriptEnabled: options.javaScriptEnabled,
    viewport: { width: options.width, height: 850 },
  })
  context.setDefaultTimeout(20_000)
  return {
    context,
    close: async () => {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}

interface Violation {
  /** The name of the rule. */
  readonly id: string
  readonly impact: 'minor' | 'moderate' | 'serious' | 'critical'
  readonly nodes: readonly { readonly html: string }[]
}

async function violations(page: Page, selector = 'html'): Promise<readonly Violation[]> {
  await page.evaluate(axe.source)
  // A dialog that is fading in has less contrast.
  await page.evaluate(
    'Promise.allSettled(document.getAnimations().map(({ finished }) => finished))',
  )
  const result = await page.evaluate(`axe.run(${JSON.stringify(selector)})`)
  return (result as { readonly violations: readonly Violation[] }).violations
}

/** Accessibility faults that axe finds in a page or a part of it: the name of the rule, with the elements. */
export async function inaccessible(page: Page, selector?: string): Promise<readonly string[]> {
  const found = await violations(page, selector)
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

/** Rules of axe that a page violates with serious or critical impact. */
export async function seriousFaults(page: Page): Promise<readonly string[]> {
  const found = await violations(page)
  return found.flatMap(({ id, impact }) => (/serious|critical/.test(impact) ? [id] : []))
}
