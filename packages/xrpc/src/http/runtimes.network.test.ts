import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { freePort } from '@lexwright/testing/network/free-port'
import { RUNTIMES, type Runtime, runIn, WORKERD } from '@lexwright/testing/third-party/runtimes'
import { build } from 'esbuild'
import { WebSocket } from 'ws'
import { answerCases } from '../testing/cases-answers.ts'
import { authCases } from '../testing/cases-auth.ts'
import { bodyCases } from '../testing/cases-bodies.ts'
import { paramCases } from '../testing/cases-params.ts'
import { routingCases } from '../testing/cases-routing.ts'
import { until } from '../testing/client.ts'
import { expectEveryCase } from '../testing/every-case.ts'
import { type Answer, exchange } from '../testing/exchange.ts'
import { CALLED, callAll, runtimeService, SUBSCRIBED } from '../testing/runtime-service.ts'
import type { RunningServer } from './listen.ts'

const program = fileURLToPath(new URL('../testing/runtime-program.ts', import.meta.url))
const readme = fileURLToPath(new URL('../../README.md', import.meta.url))

const children: ChildProcess[] = []
let running: RunningServer
beforeAll(async () => {
  running = await runtimeService().listen({ host: '127.0.0.1' })
})
afterAll(async () => {
  for (const child of children) child.kill()
  await running.close(0)
})

/** Runs the program in a runtime and returns its output. */
async function run(runtime: Runtime, ...args: string[]): Promise<unknown> {
  const started = await runIn(runtime, program, ...args)
  children.push(started.process)
  return JSON.parse(started.line)
}

interface Ports {
  readonly stock: number
  readonly listen: number
  readonly attach: number
}
const served = new Map<Runtime, Promise<Ports>>()
function serve(runtime: Runtime): Promise<Ports> {
  const ports = served.get(runtime) ?? (run(runtime, 'serve') as Promise<Ports>)
  served.set(runtime, ports)
  return ports
}

/** One in eight wire cases: enough to see how a runtime differs. */
const cases = Object.fromEntries(
  Object.entries({
    ...routingCases,
    ...paramCases,
    ...bodyCases,
    ...answerCases,
    ...authCases,
  }).filter((_, at) => at % 8 === 0),
)

/** The rows of the table, each with a check for "yes". */
const features: Readonly<Record<string, (runtime: Runtime) => Promise<void>>> = {
  '`listen()`': async (runtime) => {
    const { stock, listen } = await serve(runtime)
    await expectEveryCase(cases, async (request) => {
      const [theirs, ours] = await Promise.all([
        exchange(stock, request),
        exchange(listen, request),
      ])
      expect(withoutEtags(ours)).toEqual(withoutEtags(theirs))
    })
  },
  '`listener` in `createServer()` of `node:http`': async (runtime) => {
    const { attach } = await serve(runtime)
    expect(await callAll(`http://127.0.0.1:${attach}`)).toEqual(CALLED)
  },
  'subscriptions, of `listen()` and `attach()`': async (runtime) => {
    const { listen, attach } = await serve(runtime)
    for (const port of [listen, attach]) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/xrpc/io.example.subscribe?n=3`)
      let frames = 0
      socket.on('message', () => frames++)
      const [code] = await once(socket, 'close')
      expect([frames, code]).toEqual([3, 1000])
    }
    const socket = new WebSocket(`ws://127.0.0.1:${listen}/xrpc/io.example.subscribe?n=6`)
    let pings = 0
    socket.on('ping', () => pings++)
    const silent = new WebSocket(socket.url, { autoPong: false })
    expect((await once(silent, 'close'))[0]).toBe(1006)
    while (pings < 3) await once(socket, 'ping')
    expect(socket.readyState).toBe(WebSocket.OPEN)
    socket.terminate()
  },
  '`createFetchHandler()`, and `request()` for tests': async (runtime) => {
    expect(await run(runtime, 'in memory')).toEqual({
      fetched: [200, 'You said: hello'],
      requested: [400, { error: 'Declared', message: 'as declared' }],
    })
  },
  'calls by the client': async (runtime) => {
    expect(await run(runtime, 'call', running.url)).toEqual(CALLED)
  },
  'subscriptions, read with `subscribe()`': async (runtime) => {
    expect(await run(runtime, 'subscribe', running.url)).toEqual(SUBSCRIBED)
  },
}

/** Plain JSON has no ETag in the lane. */
function withoutEtags(answers: readonly (Answer | string)[]): readonly (Answer | string)[] {
  return answers.map((answer) => {
    if (typeof answer === 'string') return answer
    const { etag, ...headers } = answer.headers
    return { ...answer, headers }
  })
}

/** The table of the README: its entry for each feature and runtime. */
const [columns = [], ...rows] = (await readFile(readme, 'utf8'))
  .split('\n')
  .filter((line) => line.startsWith('| ') && / (yes|no) \|| Deno /.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
const said = new Map(
  rows.map(([, feature = '', ...cells]) => [
    feature,
    Object.fromEntries(cells.map((cell, at) => [columns[at + 2]?.split(' ')[0] ?? '', cell])),
  ]),
)

it('the table of the README has exactly the features tested', () => {
  expect([...said.keys()]).toEqual(Object.keys(features))
})

describe.each(RUNTIMES)('%s', (runtime) => {
  it.each(Object.entries(features))('supports %s', async (feature, holds) => {
    expect(said.get(feature)?.[runtime]).toBe('yes')
    await holds(runtime)
  })
})

describe('workerd', () => {
  let directory: string
  let origin: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lexwright-workerd-'))
    const port = await freePort()
    await bundleWorker(join(directory, 'worker.mjs'))
    await writeFile(join(directory, 'config.capnp'), configuration(port))
    children.push(spawn(WORKERD, ['serve', join(directory, 'config.capnp')], { stdio: 'inherit' }))
    origin = `http://127.0.0.1:${port}`
    await until(
      () =>
        fetch(origin).then(
          () => true,
          () => false,
        ),
      20_000,
    )
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  const isSaid = (feature: string): string | undefined => said.get(feature)?.workerd

  it('serves calls with `listener`', async () => {
    expect(isSaid('`listener` in `createServer()` of `node:http`')).toBe('yes')
    expect(await callAll(origin)).toEqual(CALLED)
  })

  it('calls as a client, and reads subscriptions', async () => {
    expect(isSaid('calls by the client')).toBe('yes')
    expect(isSaid('subscriptions, read with `subscribe()`')).toBe('yes')
    const ask = async (path: string): Promise<unknown> =>
      await (await fetch(`${origin}/${path}?url=${encodeURIComponent(running.url)}`)).json()
    expect(await ask('call')).toEqual(CALLED)
    expect(await ask('subscribe')).toEqual(SUBSCRIBED)
  })

  it.each([
    ['`listen()`', 'listen'],
    ['subscriptions, of `listen()` and `attach()`', 'attach'],
    ['`createFetchHandler()`, and `request()` for tests', 'createFetchHandler'],
  ])('refuses %s in one sentence', async (feature, name) => {
    expect(isSaid(feature)).toBe('no')
    expect(await (await fetch(`${origin}/try?name=${name}`)).text()).toContain(
      'cannot run in Cloudflare Workers',
    )
  })
})

/** Bundles the service as a worker, as the README describes. */
async function bundleWorker(outfile: string): Promise<void> {
  const service = fileURLToPath(new URL('../testing/runtime-service.ts', import.meta.url))
  const contents = `
    import { createServer } from 'node:http'
    import { httpServerHandler } from 'cloudflare:node'
    import { callAll, runtimeService, subscribeAll } from ${JSON.stringify(service)}
    const service = runtimeService()
    const attempts = {
      listen: () => service.listen(),
      attach: () => service.attach(createServer()),
      createFetchHandler: () => service.createFetchHandler(),
    }
    createServer(async (req, res) => {
      const { pathname, searchParams } = new URL(req.url, 'http://localhost')
      if (pathname === '/call') {
        res.end(JSON.stringify(await callAll(searchParams.get('url'))))
      } else if (pathname === '/subscribe') {
        res.end(JSON.stringify(await subscribeAll(searchParams.get('url'))))
      } else if (pathname === '/try') {
        const attempt = async () => attempts[searchParams.get('name')]()
        res.end(await attempt().then(() => 'It works', String))
      } else {
        service.listener(req, res)
      }
    }).listen(8080)
    export default httpServerHandler({ port: 8080 })
  `
  await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['@lexwright/source', 'workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*', ...builtinModules],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire('/');",
    },
    logLevel: 'error',
  })
}

function configuration(port: number): string {
  return `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [
        (name = "main", worker = .worker),
        (name = "internet", network = (allow = ["public", "private"])),
      ],
      sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
    );
    const worker :Workerd.Worker = (
      modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
      compatibilityDate = "2026-11-01",
    );`
}
