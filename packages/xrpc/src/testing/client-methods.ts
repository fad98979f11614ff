import { bytes, json as lightJson } from '../client/codecs.ts'
import type { Codec, DeclaredErrorClass, Method } from '../client/method.ts'
import { documents } from './documents.ts'

interface Body {
  readonly encoding: string
  readonly schema?: unknown
}

/** The constant generated for a method of `documents`. */
export function clientMethod(
  name: string,
  { json = lightJson, errors }: { json?: Codec; errors?: readonly DeclaredErrorClass[] } = {},
): Method {
  const nsid = `io.example.${name}`
  const main = documents.find(({ id }) => id === nsid)?.defs.main as unknown as {
    type: 'query' | 'procedure'
    input?: Body
    output?: Body
  }
  const { type, input, output } = main
  const codec = (body: Body): Codec => (body.schema ? json : bytes)
  const isOne = input && !input.schema && !/[*,]/.test(input.encoding)
  return {
    nsid,
    type,
    ...(input && { input: codec(input), ...(isOne && { encoding: input.encoding }) }),
    ...(output && { output: codec(output) }),
    ...(errors && { errors }),
  }
}
