import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { AtpBaseClient } from '../generated/client.ts'
import { UnknownAuthorError } from '../generated/types/com/example/board/list.ts'
import { UnknownContentError } from '../generated/types/com/example/board/post.ts'
import {
  FutureIdError,
  isPosted,
  type OutputSchema,
  subscribe,
} from '../generated/types/com/example/board/watch.ts'
import { createServer } from './server.ts'

const running = await createServer().listen({ host: '127.0.0.1' })
const origin = `http://127.0.0.1:${running.port}`
const { board } = new AtpBaseClient(origin).com.example
after(() => running.close())

const text = (text: string) => ({ $type: 'com.example.board.defs#text' as const, text })

test('posts and lists, with the defaults of the lexicon filled in', async () => {
  for (let n = 1; n <= 60; n++) await board.post({ author: 'ada', content: text(`note ${n}`) })
  const { data } = await board.list()
  assert.equal(data.notes.length, 50)
  assert.deepEqual(data.notes[0]?.content, text('note 60'))
  const older = await board.list({ limit: 2, before: 3, author: 'ada' })
  assert.deepEqual(
    older.data.notes.map(({ id }) => id),
    [2, 1],
  )
})

test('refuses what the lexicon does not allow, before the handler runs', async () => {
  await assert.rejects(board.list({ limit: 101 }), {
    status: 400,
    error: 'InvalidRequest',
    message: 'Error: limit can not be greater than 100',
  })
  await assert.rejects(board.post({ author: 'ada', content: text('') }), {
    status: 400,
    message: 'Input/content/text must not be shorter than 1 characters',
  })
})

test('throws declared errors as their classes, on both sides', async () => {
  await assert.rejects(board.list({ author: 'nobody' }), UnknownAuthorError)
  const poem = { $type: 'com.example.poem', lines: 4 }
  await assert.rejects(board.post({ author: 'ada', content: poem }), UnknownContentError)
})

test('sends new notes to watchers', async () => {
  const seen: OutputSchema[] = []
  const watching = (async () => {
    for await (const message of subscribe(origin, { after: 59 })) {
      seen.push(message)
      if (seen.length === 2) return // Leaving the loop closes the connection.
    }
  })()
  const link = { $type: 'com.example.board.defs#link' as const, url: 'https://example.com/' }
  await board.post({ author: 'grace', content: link })
  await watching
  assert.deepEqual(
    seen.map((message) => isPosted(message) && message.note.id),
    [60, 61],
  )
})

test('refuses a watcher with a future id', async () => {
  await assert.rejects(async () => {
    for await (const _ of subscribe(origin, { after: 1000 }));
  }, FutureIdError)
})
