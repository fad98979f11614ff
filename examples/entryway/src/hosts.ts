import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Settings } from './processes.ts'

/** An official PDS, with what the entryway needs to add it. */
export interface Host {
  readonly did: string
  readonly url: string
  readonly adminPasswordFile: string
}

/**
 * Prepares the folder of a PDS. Its secrets are generated once, so later starts find the same
 * repositories.
 */
export async function prepareHost(
  folder: string,
  { did, port }: { readonly did: string; readonly port: number },
): Promise<{ readonly host: Host; readonly settings: Settings }> {
  await mkdir(join(folder, 'blobs'), { recursive: true })
  const secret = (name: string, bytes: number) => readOrMake(join(folder, name), bytes)
  const adminPasswordFile = join(folder, 'admin-password')
  const settings = {
    PDS_PORT: String(port),
    PDS_SERVICE_DID: did,
    PDS_DATA_DIRECTORY: folder,
    PDS_BLOBSTORE_DISK_LOCATION: join(folder, 'blobs'),
    PDS_ADMIN_PASSWORD: await secret('admin-password', 16),
    PDS_JWT_SECRET: await secret('jwt-secret', 32),
    // Unused behind an entryway, but a PDS does not start without it.
    PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: await secret('rotation-key', 32),
    // Allows HTTP, and requests to loopback addresses.
    PDS_DEV_MODE: 'true',
    PDS_DISABLE_SSRF_PROTECTION: 'true',
  }
  return { host: { did, url: `http://localhost:${port}`, adminPasswordFile }, settings }
}

async function readOrMake(file: string, bytes: number): Promise<string> {
  await writeFile(file, randomBytes(bytes).toString('hex'), { flag: 'wx', mode: 0o600 }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    },
  )
  return await readFile(file, 'utf8')
}
