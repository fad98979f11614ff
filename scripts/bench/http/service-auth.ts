import { type Keypair, P256Keypair, Secp256k1Keypair, verifySignature } from '@atproto/crypto'
import { createServiceJwt } from '@atproto/xrpc-server'
import { serviceAuth } from '@lexwright/xrpc/auth'

const ROUNDS = 5
const CALLS = 200

/** Measures what checking a service token costs once the caller's key is cached, and what of it is the signature. */
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

  const rounds: { readonly whole: number; readonly alone: number }[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const whole = await timeOf(() => verify({ req }))
    const alone = await timeOf(() => verifySignature(keypair.did(), message, bytes, options))
    // The first one warms up.
    if (round > 0) rounds.push({ whole, alone })
  }
  const columns = [
    median(rounds.map(({ whole }) => whole)),
    median(rounds.map(({ alone }) => alone)),
    median(rounds.map(({ whole, alone }) => whole - alone)),
  ]
  console.log(`| ${name} | ${columns.map((value) => value.toFixed(0)).join(' | ')} |`)
}

/** Microseconds of one call. */
async function timeOf(call: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  for (let n = 0; n < CALLS; n++) await call()
  return ((performance.now() - started) / CALLS) * 1000
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
