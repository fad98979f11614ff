import type { LexiconDoc } from '@atproto/lexicon'

/** The host's own methods. Written by hand here; generated code works as well. */
export const lexicons: LexiconDoc[] = [
  {
    lexicon: 1,
    id: 'com.example.status.set',
    defs: {
      main: {
        type: 'procedure',
        description: 'Sets the status of the caller.',
        input: {
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['text'],
            properties: { text: { type: 'string', maxLength: 300 } },
          },
        },
      },
    },
  },
  {
    lexicon: 1,
    id: 'com.example.status.get',
    defs: {
      main: {
        type: 'query',
        description: 'The status of an account.',
        parameters: {
          type: 'params',
          required: ['did'],
          properties: { did: { type: 'string', format: 'did' } },
        },
        output: {
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['did', 'text'],
            properties: { did: { type: 'string', format: 'did' }, text: { type: 'string' } },
          },
        },
        errors: [{ name: 'NoStatus' }],
      },
    },
  },
]
