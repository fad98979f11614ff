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

/** Accessibility faults found by axe in a page or a part of it: the rule with the elements. */
export async function inaccessible(page: Page, selector = 'html'): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const { violations } = (await page.evaluate(`axe.run(${JSON.stringify(selector)})`)) as {
    readonly violations: readonly {
      readonly id: string
      readonly nodes: readonly { readonly html: string }[]
    }[]
  }
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
