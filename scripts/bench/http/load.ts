import autocannon from 'autocannon'

/** A process that calls a server as often as it can: `load.ts <url> <seconds> <workload as JSON>`. */
const [url = '', seconds = '', workload = ''] = process.argv.slice(2)
const { method, path, body } = JSON.parse(workload)
const result = await autocannon({
  url: url + path,
  method,
  connections: 32,
  duration: Number(seconds),
  ...(body && { body, headers: { 'content-type': 'application/json' } }),
})
if (result.non2xx > 0 || result.errors > 0) {
  throw new Error(`${result.non2xx} answers other than 200, ${result.errors} errors`)
}
process.send?.({ calls: result.requests.total, seconds: result.duration, p99: result.latency.p99 })
