import { version } from '../version.ts'

/** A file of a new project. */
export interface TemplateFile {
  readonly path: string
  readonly text: string
}

/** The version specifier for a package of Lexwright, in any form that npm accepts. */
export type OwnVersions = (name: OwnPackage) => string

/** The packages of Lexwright that a new project depends on. */
export type OwnPackage = 'codegen' | 'xrpc'

export const fromRegistry: OwnVersions = () => `^${version}`

/** A project with one lexicon, one handler and a test of both, ready for `generate`. */
export function projectFiles(name: string, ownVersions: OwnVersions): TemplateFile[] {
  return [
    { path: 'package.json', text: toJson(manifest(name, ownVersions)) },
    { path: 'tsconfig.json', text: toJson(TSCONFIG) },
    { path: 'lexwright.config.json', text: toJson(CONFIG) },
    { path: '.gitignore', text: 'node_modules/\n' },
    { path: 'lexicons/com/example/greet.json', text: toJson(LEXICON) },
    { path: 'src/handlers/greet.ts', text: HANDLER },
    { path: 'src/server.ts', text: SERVER },
    { path: 'src/main.ts', text: MAIN },
    { path: 'src/server.test.ts', text: TEST },
    { path: 'README.md', text: readme(name) },
  ]
}

function manifest(name: string, ownVersions: OwnVersions): object {
  return {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: '>=22.18' },
    scripts: {
      codegen: 'lexwright generate',
      check: 'lexwright generate --check && lexwright lint && tsc',
      test: 'node --test "src/**/*.test.ts"',
      start: 'node src/main.ts',
    },
    dependencies: {
      '@atproto/lexicon': '^0.7.19',
      '@atproto/xrpc': '^0.8.18',
      '@atproto/xrpc-server': '^0.13.2',
      '@lexwright/xrpc': ownVersions('xrpc'),
      multiformats: '^13.4.2',
    },
    devDependencies: {
      '@lexwright/codegen': ownVersions('codegen'),
      '@types/node': '^24.0.0',
      typescript: '^7.0.0',
    },
  }
}

const TSCONFIG = {
  compilerOptions: {
    target: 'esnext',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    skipLibCheck: true,
    types: ['node'],
  },
  include: ['src', 'generated'],
}

const CONFIG = {
  $schema: './node_modules/@lexwright/codegen/config.schema.json',
  lexicons: ['lexicons'],
  out: 'generated',
  importExt: 'ts',
  narrowUnions: true,
}

const LEXICON = {
  lexicon: 1,
  id: 'com.example.greet',
  defs: {
    main: {
      type: 'query',
      description: 'Greets somebody by name.',
      parameters: {
        type: 'params',
        required: ['name'],
        properties: {
          name: {
            type: 'string',
            minLength: 1,
            maxLength: 100,
            description: 'The name of the person to greet.',
          },
          excited: {
            type: 'boolean',
            default: false,
            description: 'True to end the greeting with an exclamation mark.',
          },
        },
      },
      output: {
        encoding: 'application/json',
        schema: {
          type: 'object',
          required: ['greeting'],
          properties: {
            greeting: { type: 'string', maxLength: 200, description: 'The greeting.' },
          },
        },
      },
      errors: [{ name: 'UnknownName', description: 'There is nobody with that name.' }],
    },
  },
}

const HANDLER = `import { type Handler, UnknownNameError } from '../../generated/types/com/example/greet.ts'

export const greet: Handler = async ({ params }) => {
  if (params.name === 'nobody') throw new UnknownNameError(\`There is no \${params.name} here.\`)
  const greeting = \`Hello, \${params.name}\${params.excited ? '!' : '.'}\`
  return { encoding: 'application/json', body: { greeting } }
}
`

const SERVER = `import { createServer as createXrpcServer, implement, type Server } from '../generated/index.ts'
import { greet } from './handlers/greet.ts'

/** The service with all its handlers; it does not compile while one is missing. */
export function createServer(): Server {
  const server = createXrpcServer()
  implement(server.com.example, { greet })
  return server
}
`

const MAIN = `import { createServer } from './server.ts'

const { port } = await createServer().listen({ port: Number(process.env.PORT ?? 3000) })
console.log(\`http://localhost:\${port}/xrpc/com.example.greet?name=world\`)
`

const TEST = `import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { AtpBaseClient } from '../generated/client.ts'
import { UnknownNameError } from '../generated/types/com/example/greet.ts'
import { createServer } from './server.ts'

const running = await createServer().listen()
const client = new AtpBaseClient(\`http://localhost:\${running.port}\`)
after(() => running.close())

test('greets', async () => {
  const { data } = await client.com.example.greet({ name: 'world', excited: true })
  assert.equal(data.greeting, 'Hello, world!')
})

test('throws the declared error', async () => {
  await assert.rejects(client.com.example.greet({ name: 'nobody' }), UnknownNameError)
})
`

function readme(name: string): string {
  return `# ${name}

\`\`\`sh
npm install
npm run codegen    # lexicons/ -> generated/
npm test
npm start          # http://localhost:3000/xrpc/com.example.greet?name=world
\`\`\`

To add a method, put its lexicon into \`lexicons/\` at the path of its NSID, run \`npm run codegen\`, and write the
handler that the type checker now misses in \`src/server.ts\`.
`
}

function toJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
