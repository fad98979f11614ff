import { tmpdir } from 'node:os'
import { describe, expect, it } from '@jest/globals'
import { attempt, foreignEnvironment, run } from './run.ts'

describe('foreignEnvironment', () => {
  it('has the Node it is given, and nothing that leads back', () => {
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

describe('commands', () => {
  const options = { cwd: tmpdir(), env: { PATH: process.env.PATH ?? '' } }
  const script = `console.log('out'); console.error('err'); process.exitCode = 3`

  it('end with a code and what they wrote', async () => {
    expect(await attempt(process.execPath, ['-e', script], options)).toEqual({
      code: 3,
      output: 'out\nerr\n',
    })
  })

  it('that have to work say what they wrote when they do not', async () => {
    await expect(run(process.execPath, ['-e', script], options)).rejects.toThrow(/3:\nout\nerr/)
  })
})
