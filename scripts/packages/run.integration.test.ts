import { tmpdir } from 'node:os'
import { describe, expect, it } from '@jest/globals'
import { attempt, run } from './run.ts'

describe('commands', () => {
  const options = { cwd: tmpdir(), env: { PATH: process.env.PATH ?? '' } }
  const script = `console.log('out'); console.error('err'); process.exitCode = 3`

  it('return a code and their output', async () => {
    expect(await attempt(process.execPath, ['-e', script], options)).toEqual({
      code: 3,
      stdout: 'out\n',
      output: 'out\nerr\n',
    })
  })

  it('report their output if they must succeed and fail', async () => {
    await expect(run(process.execPath, ['-e', script], options)).rejects.toThrow(/3:\nout\nerr/)
  })
})
