/**
 * GENERATED CODE - DO NOT MODIFY
 */
import {
  type LexiconDoc,
  Lexicons,
  ValidationError,
  type ValidationResult,
} from '@atproto/lexicon'
import { type $Typed, is$typed, maybe$typed } from './util.js'

export const schemaDict = {
  ComExamplePollDefs: {
    lexicon: 1,
    id: 'com.example.poll.defs',
    defs: {
      poll: {
        type: 'object',
        required: ['id', 'question', 'choices'],
        properties: {
          id: {
            type: 'string',
          },
          question: {
            type: 'string',
            maxLength: 300,
          },
          choices: {
            type: 'array',
            items: {
              type: 'ref',
              ref: 'lex:com.example.poll.defs#choice',
            },
          },
        },
      },
      choice: {
        type: 'object',
        required: ['text', 'votes'],
        properties: {
          text: {
            type: 'string',
          },
          votes: {
            type: 'integer',
            minimum: 0,
          },
        },
      },
    },
  },
  ComExamplePollGet: {
    lexicon: 1,
    id: 'com.example.poll.get',
    defs: {
      main: {
        type: 'query',
        description: 'A poll and its votes.',
        parameters: {
          type: 'params',
          required: ['id'],
          properties: {
            id: {
              type: 'string',
              maxLength: 20,
            },
            top: {
              type: 'integer',
              minimum: 1,
              maximum: 10,
              default: 3,
            },
          },
        },
        output: {
          encoding: 'application/json',
          schema: {
            type: 'ref',
            ref: 'lex:com.example.poll.defs#poll',
          },
        },
        errors: [
          {
            name: 'PollNotFound',
            description: 'There is no poll with that id.',
          },
        ],
      },
    },
  },
  ComExamplePollSetImage: {
    lexicon: 1,
    id: 'com.example.poll.setImage',
    defs: {
      main: {
        type: 'procedure',
        description: 'Takes a picture of any kind, and says how large it is.',
        input: {
          encoding: '*/*',
        },
        output: {
          encoding: 'text/plain',
        },
      },
    },
  },
  ComExamplePollVote: {
    lexicon: 1,
    id: 'com.example.poll.vote',
    defs: {
      main: {
        type: 'procedure',
        description: 'Votes in a poll.',
        input: {
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['id', 'choice'],
            properties: {
              id: {
                type: 'string',
                maxLength: 20,
              },
              choice: {
                type: 'integer',
                minimum: 0,
              },
              weight: {
                type: 'integer',
                minimum: 1,
                maximum: 2,
                default: 1,
              },
            },
          },
        },
        output: {
          encoding: 'application/json',
          schema: {
            type: 'object',
            required: ['voter', 'votes'],
            properties: {
              voter: {
                type: 'string',
              },
              votes: {
                type: 'integer',
              },
            },
          },
        },
        errors: [
          {
            name: 'PollNotFound',
            description: 'There is no poll with that id.',
          },
          {
            name: 'NoSuchChoice',
            description: 'The poll has no choice at that place.',
          },
        ],
      },
    },
  },
} as const satisfies Record<string, LexiconDoc>
export const schemas = Object.values(schemaDict) satisfies LexiconDoc[]
export const lexicons: Lexicons = new Lexicons(schemas)

export function validate<T extends { $type: string }>(
  v: unknown,
  id: string,
  hash: string,
  requiredType: true,
): ValidationResult<T>
export function validate<T extends { $type?: string }>(
  v: unknown,
  id: string,
  hash: string,
  requiredType?: false,
): ValidationResult<T>
export function validate(
  v: unknown,
  id: string,
  hash: string,
  requiredType?: boolean,
): ValidationResult {
  return (requiredType ? is$typed : maybe$typed)(v, id, hash)
    ? lexicons.validate(`${id}#${hash}`, v)
    : {
        success: false,
        error: new ValidationError(
          `Must be an object with "${hash === 'main' ? id : `${id}#${hash}`}" $type property`,
        ),
      }
}

export const ids = {
  ComExamplePollDefs: 'com.example.poll.defs',
  ComExamplePollGet: 'com.example.poll.get',
  ComExamplePollSetImage: 'com.example.poll.setImage',
  ComExamplePollVote: 'com.example.poll.vote',
} as const
