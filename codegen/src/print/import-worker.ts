import { enableCompileCache } from 'node:module'
import { type MessagePort, workerData } from 'node:worker_threads'
import { importTexts, loadCompiler } from './import-text.ts'
import type { Import } from './imports.ts'

/** What the thread is started with. */
export interface WorkerData {
  readonly port: MessagePort
  /** One number: 0 until the answer to the question is in the port. */
  readonly answered: Int32Array
}

export type Answer = { readonly texts: readonly string[] } | { readonly error: unknown }

const { port, answered } = workerData as WorkerData

function answer(declarations: readonly Import[]): Answer {
  try {
    return { texts: importTexts(declarations) }
  } catch (error) {
    return { error }
  }
}

// A thread has a compile cache of its own to switch on.
enableCompileCache()
try {
  loadCompiler()
} catch {
  // The answer says so, to somebody who waits for it.
}
port.once('message', (declarations: readonly Import[]) => {
  port.postMessage(answer(declarations))
  Atomics.store(answered, 0, 1)
  Atomics.notify(answered, 0)
})
