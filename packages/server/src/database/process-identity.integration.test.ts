import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { lifeOf, ownIdentity } from './process-identity.ts'

const own = ownIdentity()

describe('lifeOf', () => {
  it('recognizes a living process, and no other by the same id', () => {
    expect(lifeOf(own)).toBe('alive')
    expect(lifeOf({ ...own, startTicks: '1' })).toBe('dead')
  })

  it('recognizes an ended process', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    await once(child, 'exit')
    expect(lifeOf({ ...own, pid: child.pid ?? 0 })).toBe('dead')
  })

  it('treats a zombie as dead', async () => {
    // The shell never reaps its child, which becomes a zombie.
    const shell = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 600'])
    const [line] = await once(shell.stdout, 'data')
    const pid = Number(String(line))
    const stat = () => readFileSync(`/proc/${pid}/stat`, 'utf8')
    while (!stat().includes(') Z ')) await new Promise((resolve) => setTimeout(resolve, 5))
    const startTicks =
      stat()
        .slice(stat().lastIndexOf(')') + 2)
        .split(' ')[19] ?? ''
    expect(lifeOf({ ...own, pid, startTicks })).toBe('dead')
    shell.kill('SIGKILL')
  })

  it('recognizes processes it cannot see', () => {
    expect(lifeOf({ ...own, pidNamespace: 'pid:[1]' })).toBe('foreign')
    expect(lifeOf({ ...own, bootId: 'other', host: 'other' })).toBe('foreign')
    expect(lifeOf({ ...own, bootId: 'other' })).toBe('dead')
  })

  it('falls back to the process id where the system has nothing else', () => {
    const bare = { pid: process.pid, host: own.host }
    expect(lifeOf(bare, bare)).toBe('alive')
    expect(lifeOf({ ...bare, pid: 2 ** 22 + 1 }, bare)).toBe('dead')
    expect(lifeOf({ ...bare, host: 'other' }, bare)).toBe('foreign')
  })
})
