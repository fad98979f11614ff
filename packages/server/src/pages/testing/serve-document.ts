import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createReferencePage,
  type OpenApiDocument,
  type ReferencePageOptions,
} from '../reference-page.ts'

/** A definition that refers to itself eight times: fully expanded samples would never end. */
export const recursive: OpenApiDocument = {
  openapi: '3.1.1',
  info: { title: 'Trees', version: '1.0.0' },
  paths: {
    '/xrpc/com.example.plant': {
      post: {
        operationId: 'com.example.plant',
        description:
          '<img alt="" src="https://other.example/x.png" onerror="globalThis.ran = 1">Plants it.',
        requestBody: {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/node' } } },
        },
        responses: { 200: { description: 'It is done.' } },
      },
    },
  },
  components: {
    schemas: {
      node: {
        type: 'object',
        required: [...'abcdefgh'],
        properties: Object.fromEntries(
          [...'abcdefgh'].map((name) => [name, { $ref: '#/components/schemas/node' }]),
        ),
      },
    },
  },
}

const servers: Server[] = []

/** Serves a page on a plain server, which answers other requests with their URL. */
export async function serve(
  document: OpenApiDocument,
  options: ReferencePageOptions = {},
): Promise<string> {
  const page = createReferencePage(document, options)
  const http = createServer((req, res) => {
    page(req, res, () => res.end(`${req.method} ${req.url}`))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  servers.push(http)
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
}

export function closeServers(): void {
  for (const http of servers.splice(0)) {
    http.closeAllConnections()
    http.close()
  }
}

/** Extracts the OpenAPI document from a page. */
export function documentIn(html: string): OpenApiDocument {
  const [, json = ''] =
    /<script type="application\/json" id="document">(.*?)<\/script>/s.exec(html) ?? []
  return JSON.parse(json)
}
