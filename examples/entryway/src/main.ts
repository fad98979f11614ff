import { startNetwork } from './network.ts'

const { DATA_DIRECTORY = './data', PORT = '2583', DATABASE_URL } = process.env

const network = await startNetwork({
  data: DATA_DIRECTORY,
  port: Number(PORT),
  databaseUrl: DATABASE_URL,
})
const facts = [
  ['Entryway', network.entryway],
  ['Account page', `${network.entryway}/account`],
  ...network.hosts.map(({ did, url }) => [did, url]),
  ['PLC directory', network.directory],
  ['Mails', network.mails],
]
for (const [name = '', value = ''] of facts) console.log(`${name.padEnd(20)} ${value}`)
console.log('Press Ctrl-C to stop; the next start finds the same accounts.')

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void network.stop().then(() => process.exit())
  })
}
