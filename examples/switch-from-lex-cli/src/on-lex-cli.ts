import { AuthRequiredError, InvalidRequestError } from '@atproto/xrpc-server'
import { createServer, type Server } from '../generated/lex-cli/index.js'

/** A small service. Only the import above depends on the generator. */
export function createPolls(): Server {
  const polls = new Map([
    [
      'tea',
      {
        id: 'tea',
        question: 'Milk first?',
        choices: [
          { text: 'yes', votes: 1 },
          { text: 'no', votes: 4 },
          { text: 'no milk', votes: 2 },
          { text: 'no tea', votes: 0 },
        ],
      },
    ],
  ])
  const server = createServer({ payload: { blobLimit: 1000 } })

  server.com.example.poll.get(async ({ params }) => {
    const poll = polls.get(params.id)
    if (!poll) throw new InvalidRequestError(`There is no poll ${params.id}`, 'PollNotFound')
    const choices = poll.choices.toSorted((a, b) => b.votes - a.votes).slice(0, params.top)
    return { encoding: 'application/json', body: { ...poll, choices } }
  })

  server.com.example.poll.vote({
    auth: async ({ req }) => {
      const voter = /^Bearer (\w+)$/.exec(req.headers.authorization ?? '')?.[1]
      if (voter === undefined) throw new AuthRequiredError('Who votes?', 'AuthMissing')
      return { credentials: { voter } }
    },
    handler: async ({ input, auth }) => {
      const { id, choice: index, weight } = input.body
      const poll = polls.get(id)
      if (!poll) return { status: 400, error: 'PollNotFound', message: `There is no poll ${id}` }
      const choice = poll.choices[index]
      if (!choice) throw new InvalidRequestError('There is no such choice', 'NoSuchChoice')
      choice.votes += weight
      const body = { voter: auth.credentials.voter, votes: choice.votes }
      return { encoding: 'application/json', body, headers: { 'x-poll': id } }
    },
  })

  server.com.example.poll.setImage(async ({ input }) => {
    let size = 0
    for await (const chunk of input.body) size += chunk.length
    return { encoding: 'text/plain', body: Buffer.from(`${size} bytes of ${input.encoding}`) }
  })

  return server
}
