import { Client } from '@did-plc/lib'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { SeedClient } from '#checkout/dev-env/src/seed/client'
import { type PdsConfig, TestPds } from './pds.ts'

export class TestNetworkNoAppView {
  readonly plc: { readonly url: string; getClient(): Client }
  readonly pds: TestPds
  readonly #directory: PlcDirectory

  private constructor(directory: PlcDirectory, pds: TestPds) {
    this.#directory = directory
    this.plc = { url: directory.url, getClient: () => new Client(directory.url) }
    this.pds = pds
  }

  static async create({
    pds = {},
  }: {
    readonly pds?: PdsConfig
  } = {}): Promise<TestNetworkNoAppView> {
    const directory = await startPlcDirectory()
    return new TestNetworkNoAppView(
      directory,
      await TestPds.create({ ...pds, didPlcUrl: directory.url }),
    )
  }

  getSeedClient(): SeedClient {
    return new SeedClient(this, this.pds.getAgent(), this.pds.getClient())
  }

  async processAll(): Promise<void> {
    await this.pds.processAll()
  }

  async close(): Promise<void> {
    await this.pds.close()
    await this.#directory.close()
  }
}
