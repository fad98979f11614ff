import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DCLinter } from 'dclint'
import { validate } from 'dockerfile-utils'
import { parse } from 'yaml'
import { packages, ROOT } from '../../../packages/packages.ts'
import { type Dockerfile, healthCommand, lastOf, readDockerfile, wordsOf } from './dockerfile.ts'

/** What linters say of `Dockerfile` and `compose.yaml`, and what they do not ask for and we promise. */
export async function checkContainer(): Promise<readonly string[]> {
  const dockerfile = await readDockerfile()
  return [
    ...validate(dockerfile.text).map(
      ({ message, range }) => `Dockerfile:${range.start.line + 1}: ${message}`,
    ),
    ...checkImage(dockerfile),
    ...checkSources(dockerfile),
    ...lintCompose(),
    ...checkServices(parse(await readFile(join(ROOT, 'compose.yaml'), 'utf8'))),
  ]
}

export function checkImage({ stages }: Dockerfile): string[] {
  const problems: string[] = []
  const demand = (holds: unknown, problem: string) => {
    if (!holds) problems.push(`Dockerfile: ${problem}`)
  }
  const final = stages.at(-1)
  if (final === undefined) return ['Dockerfile: there is no stage']
  demand(stages.length > 1, 'one stage builds and runs')
  for (const { from } of stages) {
    const isStage = stages.some(({ name }) => name === from)
    demand(isStage || /:.*\d/.test(from), `the image ${from} has no version`)
  }
  const user = lastOf(final, 'USER')?.text ?? ''
  demand(/^[1-9]\d*:[1-9]\d*$/.test(user), 'the user is root, or has no number')
  demand(wordsOf(lastOf(final, 'ENTRYPOINT')?.text ?? ''), 'the entry point goes through a shell')
  const health = healthCommand(final)
  demand(health, 'there is no health check, or it goes through a shell')
  demand(health?.[0] === 'node', 'the health check needs more than Node')
  for (const { keyword, text } of stages.flatMap(({ instructions }) => instructions)) {
    demand(keyword !== 'ADD', `ADD ${text}: COPY says what it does`)
    demand(!/\b(curl|wget|sudo|apt-get|apk)\b/.test(text), `${keyword} ${text} brings more in`)
  }
  return problems
}

/** Everything that is copied is there, `npm ci` finds every workspace, and the image lacks nothing that is published. */
function checkSources({ stages }: Dockerfile): string[] {
  const copied = stages
    .flatMap(({ instructions }) => instructions)
    .filter(({ keyword, flags }) => keyword === 'COPY' && flags.from === undefined)
    .flatMap(({ text }) => text.split(' ').slice(0, -1))
  const inImage = new Set(
    stages
      .at(-1)
      ?.instructions.filter(({ keyword }) => keyword === 'COPY')
      .map(({ text }) => text.split(' ').at(-1)),
  )
  const published = packages
    .filter(({ manifest }) => manifest.name !== '@lexwright/codegen')
    .flatMap(({ folder, manifest }) => (manifest.files ?? []).map((path) => `${folder}/${path}`))
    .filter((path) => /\/(assets|bin|dist)$/.test(path))
  const manifests = packages.map(({ folder }) => `${folder}/package.json`)
  return [
    ...copied
      .filter((path) => !existsSync(join(ROOT, path)))
      .map((path) => `Dockerfile: there is no ${path} to be copied`),
    ...manifests
      .filter((path) => !copied.includes(path))
      .map((path) => `Dockerfile: ${path} is not copied before npm ci`),
    ...published
      .filter((path) => !inImage.has(path))
      .map((path) => `Dockerfile: ${path} is published and not in the image`),
  ]
}

interface ComposeResult {
  readonly messages: readonly {
    readonly line: number
    readonly message: string
    readonly rule: string
  }[]
}

function lintCompose(): string[] {
  const linter = new DCLinter({ rules: {}, quiet: false, debug: false, exclude: [] })
  const results: readonly ComposeResult[] = linter.lintFiles([join(ROOT, 'compose.yaml')], false)
  return results
    .flatMap(({ messages }) => messages)
    .map(({ line, message, rule }) => `compose.yaml:${line}: ${message} [${rule}]`)
}

interface Service {
  readonly build?: string
  readonly cap_drop?: readonly string[]
  readonly healthcheck?: object
  readonly ports?: readonly string[]
  readonly privileged?: boolean
  readonly read_only?: boolean
  readonly restart?: string
  readonly security_opt?: readonly string[]
}

export function checkServices({
  services,
}: {
  services: Readonly<Record<string, Service>>
}): string[] {
  return Object.entries(services).flatMap(([name, service]) => {
    const rules: readonly (readonly [unknown, string])[] = [
      [service.read_only, 'can write into its image'],
      [service.cap_drop?.includes('ALL'), 'has capabilities'],
      [service.security_opt?.includes('no-new-privileges:true'), 'can gain privileges'],
      [!service.privileged, 'is privileged'],
      [service.restart === 'unless-stopped', 'is not started again'],
      [service.healthcheck ?? service.build, 'has no health check'],
      [service.ports?.every((port) => port.startsWith('127.')) ?? true, 'is open to the world'],
    ]
    return rules
      .filter(([holds]) => !holds)
      .map(([, problem]) => `compose.yaml: the service ${name} ${problem}`)
  })
}
