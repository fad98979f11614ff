import { type Keypair, P256Keypair, Secp256k1Keypair, verifySignature } from '@atproto/crypto'
import { createServiceJwt } from '@atproto/xrpc-server'
import { serviceAuth } from '@lexwright/xrpc/auth'

const WARM_UP = 200
const CALLS = 1000

/** Measures the verification of a service token with the caller's key cached, and the share of the signature. */
export async function measureServiceAuth(): Promise<void> {
  console.log('\n### A service token, its key cached\n')
  console.log('| Key | check µs | signature µs | beside it µs |')
  console.log('|---|---:|---:|---:|')
  await measure('secp256k1', await Secp256k1Keypair.create())
  await measure('P-256', await P256Keypair.create())
}

async function measure(name: string, keypair: Keypair): Promise<void> {
  const [did, aud, lxm] = ['did:plc:ewvi7nxzyoun6zhxrhs64oiz', 'did:web:a.test', 'com.example.a']
  const token = await createServiceJwt({ iss: did, aud, lxm, keypair, exp: 4_000_000_000 })
  const publicKeyMultibase = keypair.did().slice('did:key:'.length)
  const method = { id: `${did}#atproto`, type: 'Multikey', controller: did, publicKeyMultibase }
  const resolver = { resolve: async () => ({ id: did, verificationMethod: [method] }) }
  const verify = serviceAuth({ audience: aud, resolver })
  const req = { url: `/xrpc/${lxm}`, headers: { authorization: `Bearer ${token}` } } as never

  const [header, payload, signature = ''] = token.split('.')
  const message = Buffer.from(`${header}.${payload}`)
  const bytes = Buffer.from(signature, 'base64url')
  const options = { jwtAlg: keypair.jwtAlg, allowMalleableSig: true }

  const whole: number[] = []
  const alone: number[] = []
  for (let n = 0; n < WARM_UP + CALLS; n++) {
    const times = [
      await timeOf(() => verify({ req })),
      await timeOf(() => verifySignature(keypair.did(), message, bytes, options)),
    ] as const
    if (n < WARM_UP) continue
    whole.push(times[0])
    alone.push(times[1])
  }
  const columns = [quick(whole), quick(alone), quick(whole) - quick(alone)]
  console.log(`| ${name} | ${columns.map((value) => value.toFixed(0)).join(' | ')} |`)
}

/** Microseconds. */
async function timeOf(call: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await call()
  return (performance.now() - started) * 1000
}

/** The first decile, since disturbances only add time. */
function quick(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 10)] ?? Number.NaN
}
