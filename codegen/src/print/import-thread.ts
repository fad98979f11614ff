import { fileURLToPath } from 'node:url'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { type ImportPrinter, printImportsHere } from './import-text.ts'
import type { Answer, WorkerData } from './import-worker.ts'

/** A thread that loads the compiler while lexicons are read and checked, and then prints imports, once. */
export interface ImportThread {
  readonly print: ImportPrinter
  end(): Promise<void>
}

/** A thread that has said nothing for so long, in milliseconds, will not: then it is done here. */
const PATIENCE = 20_000

export function startImportThread(): ImportThread {
  const { port1: port, port2 } = new MessageChannel()
  const answered = new Int32Array(new SharedArrayBuffer(4))
  const data: WorkerData = { port: port2, answered }
  const worker = new Worker(workerFile(), { workerData: data, transferList: [port2] })
  let failed = false
  worker.once('error', () => {
    failed = true
  })
  worker.unref()
  port.unref()

  return {
    print: (declarations) => {
      if (failed) return printImportsHere(declarations)
      port.postMessage(declarations)
      return () => {
        // The answer is waited for without letting go of the turn, so that printing is a plain function.
        Atomics.wait(answered, 0, 0, PATIENCE)
        const received = receiveMessageOnPort(port)?.message as Answer | undefined
        if (received && 'error' in received) throw received.error
        return received?.texts ?? printImportsHere(declarations)()
      }
    },
    end: async () => {
      port.close()
      await worker.terminate()
    },
  }
}

/** The worker beside this module: `.ts` when run from source, `.js` when built. */
function workerFile(): string {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  return fileURLToPath(new URL(`./import-worker${extension}`, import.meta.url))
}
