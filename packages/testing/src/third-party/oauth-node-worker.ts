/** Entry point of the process started by `startNodeWorker`. */
import type { NodeSavedSession } from '@atproto/oauth-client-node'
import { createNodeClient, type FromWorker, type NodeClientOptions } from './oauth-node-client.ts'

type ToWorker = { readonly refresh: string } | { readonly id: number; readonly value: unknown }

const options = JSON.parse(process.argv[2] ?? '{}') as NodeClientOptions
const waiting = new Map<number, (value: unknown) => void>()
let asked = 0

const send = (message: FromWorker): void => {
  process.send?.(message)
}
const ask = (question: 'get' | 'set' | 'del', key: string, value?: unknown): Promise<unknown> =>
  new Promise((resolve) => {
    const id = asked++
    waiting.set(id, resolve)
    send({ id, ask: question, key, value })
  })

const client = createNodeClient(options, {
  get: async (key) => (await ask('get', key)) as NodeSavedSession | undefined,
  set: async (key, value) => void (await ask('set', key, value)),
  del: async (key) => void (await ask('del', key)),
})

process.on('message', (message: ToWorker) => {
  if ('id' in message) {
    waiting.get(message.id)?.(message.value)
    waiting.delete(message.id)
    return
  }
  client
    .restore(message.refresh, true)
    .catch(() => {})
    .finally(() => send({ done: true }))
})
