import { describe, expect, it } from '@jest/globals'
import { foreignEnvironment } from './environment.ts'

describe('foreignEnvironment', () => {
  it('uses the given Node, and does not refer to the repository', () => {
    const env = foreignEnvironment(
      {
        PATH: '/repo/node_modules/.bin:/repo/packages/a/node_modules/.bin:/usr/bin:/repository/bin',
        HOME: '/home/somebody',
        NODE_OPTIONS: '--conditions=@lexwright/source',
        NODE_EXTRA_CA_CERTS: '/etc/ca.crt',
        npm_config_local_prefix: '/repo',
        npm_config_registry: 'https://registry.example.com/',
        npm_lifecycle_event: 'verify:install',
        INIT_CWD: '/repo',
      },
      '/repo',
      '/repo/node_modules/node/bin',
    )
    expect(env).toEqual({
      PATH: '/repo/node_modules/node/bin:/usr/bin:/repository/bin',
      HOME: '/home/somebody',
      NODE_EXTRA_CA_CERTS: '/etc/ca.crt',
      npm_config_registry: 'https://registry.example.com/',
      NO_COLOR: '1',
    })
  })
})
