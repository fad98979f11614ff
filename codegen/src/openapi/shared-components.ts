import type { Json } from './json.ts'

/** A reference to a component. */
export function refTo(name: string): Json {
  return { $ref: `#/components/schemas/${name}` }
}

const LINK: Json = {
  type: 'object',
  description: 'A link to content-addressed data, as its CID in text.',
  required: ['$link'],
  properties: { $link: { type: 'string' } },
}

/**
 * Data model values with their own JSON form (https://atproto.com/specs/data-model), and the body of an error.
 * NSIDs have at least three segments, so these names cannot collide with definitions.
 */
export const SHARED_COMPONENTS: Readonly<Record<string, Json>> = {
  blob: {
    description: 'A reference to an uploaded file.',
    anyOf: [
      {
        type: 'object',
        required: ['$type', 'ref', 'mimeType', 'size'],
        properties: {
          $type: { const: 'blob' },
          ref: refTo('cid-link'),
          mimeType: { type: 'string' },
          size: { type: 'integer', description: 'In bytes.' },
        },
      },
      {
        type: 'object',
        description: 'The form before 2023: read it, never write it.',
        deprecated: true,
        required: ['cid', 'mimeType'],
        properties: { cid: { type: 'string' }, mimeType: { type: 'string' } },
      },
    ],
  },
  'cid-link': LINK,
  unknown: {
    type: ['object', 'array'],
    description: 'Data of any shape: an object, usually with a "$type".',
  },
  'xrpc-error': {
    type: 'object',
    description: 'The body of every error.',
    required: ['error'],
    properties: {
      error: { type: 'string', description: 'A name for programs.' },
      message: { type: 'string', description: 'A message for people.' },
    },
  },
}
