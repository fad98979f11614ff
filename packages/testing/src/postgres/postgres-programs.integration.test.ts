import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from '@jest/globals'
import { postgresPrograms } from './postgres-programs.ts'

const asRoot = process.getuid?.() === 0 ? it : it.skip

asRoot('finds programs another user can run, also below a folder closed to others', async () => {
  const home = await mkdtemp(join(tmpdir(), 'programs-'))
  const closed = join(home, 'closed')
  const bin = join(closed, 'installed/bin')
  try {
    await chmod(home, 0o755)
    await mkdir(closed, { mode: 0o700 })
    const { postgres, user } = await postgresPrograms(join(home, 'unused'))
    await mkdir(dirname(bin))
    await symlink(dirname(postgres), bin)
    const programs = await postgresPrograms(join(home, 'copied'), {
      initdb: join(bin, 'initdb'),
      postgres: join(bin, 'postgres'),
    })
    expect(programs).toEqual({
      initdb: join(home, 'copied/bin/initdb'),
      postgres: join(home, 'copied/bin/postgres'),
      user,
    })
    const version = execFileSync(programs.postgres, ['--version'], { encoding: 'utf8', ...user })
    expect(version).toContain('postgres (PostgreSQL)')
  } finally {
    await rm(home, { recursive: true })
  }
})
