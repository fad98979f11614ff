import type { MeasuredOptions } from './in-memory.ts'
import { messageOf, startOnCore } from './process.ts'
import { workloads } from './work.ts'

/** Measures what options add to a call, and prints a table. */
export async function measureOptions(): Promise<void> {
  const measured = await messageOf<MeasuredOptions>(startOnCore(0, 'in-memory.ts', []))
  console.log('\n### What options add to a call, over a connection in memory, CPU µs\n')
  console.log(`| | ${workloads.map(({ name }) => `a ${name}`).join(' | ')} |`)
  console.log(`|---|${'---:|'.repeat(workloads.length)}`)
  for (const [row, [name]] of (measured[0] ?? []).entries()) {
    const cells = measured.map((columns) => {
      const [base, own] = [columns[0]?.[1] ?? Number.NaN, columns[row]?.[1] ?? Number.NaN]
      return row === 0
        ? own.toFixed(1)
        : `${own < base ? '−' : '+'}${Math.abs(own - base).toFixed(1)}`
    })
    console.log(`| ${name} | ${cells.join(' | ')} |`)
  }
}
