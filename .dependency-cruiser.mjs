/**
 * The layers of ARCHITECTURE.md as rules. Build time: lexicons → parse → ir → emit → print → write. Run time:
 * server → account → generated → xrpc. A feature of the account module goes from `handlers/` to its service to its
 * `*-store.ts`, and stores use `db/`; `http/` is shared by all handlers.
 */
const tests = '\\.test\\.ts$'

/** Only files under `allowed` may import what matches `to`. */
function reserved(name, to, allowed, comment) {
  return {
    name,
    comment,
    severity: 'error',
    from: { pathNot: [...allowed, tests, '^scripts/', '/testing/'] },
    to: { path: to },
  }
}

/** Files under `from` must not import what matches `to`. */
function forbidden(name, from, to, comment) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: from, pathNot: [tests, '/testing/'] },
    to: { path: to },
  }
}

const account = '^packages/account/src/'
/** The account module without handlers and the modules that assemble it. */
const service = `${account}(?!http/|[^/]+/handlers/|(module|index|extension)\\.ts$)`

const npm = (name) => `node_modules/${name}/`

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Two modules that need each other are one module, or need a third.',
      severity: 'error',
      from: { pathNot: ['^generated/', '^codegen/testdata/'] },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'not-to-unresolvable',
      comment: 'Every import must resolve.',
      severity: 'error',
      // These have their own package.json, installed only on demand.
      from: {
        pathNot:
          '^(scripts/(bench|checks/(packages|official-suites))|packages/testing/src/(third-party|official-pds))/',
      },
      // Commands refer to build output.
      to: { couldNotResolve: true, pathNot: '/dist/' },
    },
    {
      name: 'no-dev-dependencies',
      comment: 'Run-time requirements belong in dependencies.',
      severity: 'error',
      from: { path: '^(codegen|packages/[^/]+)/src', pathNot: [tests, '/testing/'] },
      to: {
        dependencyTypes: ['npm-dev'],
        // Peers are also installed for tests.
        dependencyTypesNot: ['type-only', 'npm-peer'],
        pathNot: 'node_modules/@types/',
      },
    },

    {
      name: 'unit-tests-are-quick',
      comment: 'A test with a database, a process or a compiler is called *.integration.test.ts.',
      severity: 'error',
      from: { path: tests, pathNot: '\\.(integration|network|long)\\.test\\.ts$' },
      to: {
        path: [
          '^packages/testing/src/(postgres|accounts|programs|third-party|official-pds)/',
          '^packages/server/src/database/pglite',
          '^(node:)?(child_process|worker_threads)$',
          ...[
            '@electric-sql',
            'esbuild',
            'fast-check',
            'smtp-server',
            'ts-morph',
            'typescript',
          ].map(npm),
          '^codegen/src/(testing/(differential/(compile|fuzz)|run-cli))\\.ts$',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'third-party-in-network-tests',
      comment:
        'These are installed for test:network and test:long only, so their tests are called *.network.test.ts or *.long.test.ts.',
      severity: 'error',
      from: {
        path: '\\.ts$',
        pathNot: [
          '\\.(network|long)\\.test\\.ts$',
          '^packages/testing/src/(third-party|official-pds)/',
          '^scripts/(checks/(crash|official-suites/)|bench/account/)',
        ],
      },
      to: { path: '^packages/testing/src/(third-party|official-pds)/' },
    },

    forbidden(
      'parse-knows-no-later-stage',
      '^codegen/src/parse/',
      '^codegen/src/(ir|emit|print|write)/',
    ),
    forbidden('ir-knows-no-later-stage', '^codegen/src/ir/', '^codegen/src/(emit|print|write)/'),
    forbidden('emit-knows-no-later-stage', '^codegen/src/emit/', '^codegen/src/(print|write)/'),
    forbidden('print-knows-no-write', '^codegen/src/print/', '^codegen/src/(parse|write)/'),
    reserved('ts-morph-where-code-is-read-or-made', npm('ts-morph'), [
      '^codegen/src/(emit|print|scaffold)/',
      '^codegen/src/packages/literals\\.ts$',
    ]),
    reserved('commander-at-the-edge', npm('commander'), [
      '^codegen/src/(run-program\\.ts|commands/)',
      '^packages/server/src/',
    ]),
    forbidden(
      'codegen-is-build-time',
      '^(packages|generated)/',
      '^codegen/',
      'Nothing that runs imports the generator.',
    ),

    forbidden(
      'xrpc-is-the-bottom',
      '^packages/xrpc/',
      '^(generated|packages/(account|oauth|entryway|server))/',
    ),
    forbidden(
      'small-client-stands-alone',
      '^packages/xrpc/src/client/(?!(checked-values|values)\\.ts$)',
      '(^packages/xrpc/src/(?!client/)|^packages/xrpc/src/client/(checked-values|values)\\.ts$|node_modules/|^node:)',
      'A bundle with one call takes in these modules alone.',
    ),
    forbidden(
      'generated-stands-on-xrpc',
      '^generated/',
      '^packages/(account|oauth|entryway|server)/',
    ),
    forbidden(
      'account-knows-no-program',
      '^packages/account/',
      '^packages/(oauth|entryway|server)/',
    ),
    forbidden('oauth-knows-no-program', '^packages/oauth/', '^packages/(entryway|server)/'),
    forbidden('entryway-knows-no-program', '^packages/entryway/', '^packages/server/'),
    reserved('oauth-provider-in-oauth', npm('@atproto/oauth-provider'), ['^packages/oauth/src/']),

    forbidden('service-knows-no-handlers', service, `${account}(http/|[^/]+/handlers/)`),
    forbidden('service-knows-no-http', service, '(@atproto/xrpc-server|^generated)/'),
    forbidden(
      'handlers-know-no-store',
      `${account}(http/|[^/]+/handlers/)`,
      `${account}(store\\.ts$|db/|.*-store\\.ts$)`,
    ),
    {
      ...forbidden(
        'store-knows-no-service',
        `${account}[^/]+/.*-store\\.ts$`,
        account,
        'A store stands on the database and on the interfaces of stores, and knows no rule.',
      ),
      to: { path: account, pathNot: [`${account}db/`, `${account}[^/]+/.*-store\\.ts$`] },
    },
    {
      ...forbidden(
        'store-of-its-feature',
        `${account}([^/]+)/`,
        '',
        "A feature uses another's service. The stores in `db/` and the interface of rate limits are shared.",
      ),
      to: {
        path: `${account}[^/]+/.*-store\\.ts$`,
        pathNot: [`${account}($1|db)/`, `${account}limits/rate-limit-store\\.ts$`],
      },
    },
    forbidden('db-is-the-bottom', `${account}db/`, `${account}(?!db/)`),
    reserved('kysely-in-store-and-db', npm('kysely'), [
      `${account}(store\\.ts$|db/|.*-store\\.ts$)`,
      '^packages/server/src/database/',
      `${account}(index|module|options)\\.ts$`,
      '^packages/(oauth|entryway)/src/store/',
    ]),
    reserved('bcryptjs-in-crypto', npm('bcryptjs'), ['^packages/account/src/crypto/']),
    reserved('jose-in-crypto', npm('jose'), ['^packages/account/src/crypto/']),
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(codegen|generated|packages/[^/]+|scripts/bench)/(dist|\\.tmp)[./]' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@lexwright/source', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json', '.d.ts'],
    },
  },
}
