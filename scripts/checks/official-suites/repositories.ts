import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ModeratedSubject, ModerationPort, Takedown } from '@lexwright/account'

const CID = 'bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy'

/**
 * Answers the repository writes of the suites' seeds without storing anything; cases that read them are listed as
 * not passed.
 *
 * @returns false if the call is not for a repository.
 */
export function answerAsRepository(req: IncomingMessage, res: ServerResponse): boolean {
  const method = /^\/xrpc\/com\.atproto\.repo\.(createRecord|putRecord|uploadBlob)$/.exec(
    req.url ?? '',
  )?.[1]
  if (method === undefined) return false
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    const body = Buffer.concat(chunks)
    res.setHeader('content-type', 'application/json')
    res.end(JSON.stringify(method === 'uploadBlob' ? blob(req, body) : record(body)))
  })
  return true
}

function blob(req: IncomingMessage, { length: size }: Buffer): object {
  const mimeType = req.headers['content-type'] ?? 'application/octet-stream'
  return { blob: { $type: 'blob', ref: { $link: CID }, mimeType, size } }
}

let records = 0

function record(body: Buffer): object {
  const { repo, collection, rkey = `record${++records}` } = JSON.parse(body.toString())
  return { uri: `at://${repo}/${collection}/${rkey}`, cid: CID, validationStatus: 'unknown' }
}

/** Stores takedowns of records and blobs without checking them. */
export function createModeration(): ModerationPort {
  const kept = new Map<
    string,
    { readonly subject: ModeratedSubject; readonly takedown: Takedown }
  >()
  const nameOf = (named: ModeratedSubject | Parameters<ModerationPort['describe']>[0]) =>
    named.kind === 'record' ? named.uri : `${named.did}/${named.cid}`
  return {
    describe: async (named) => kept.get(nameOf(named)),
    setTakedown: async (subject, takedown) => void kept.set(nameOf(subject), { subject, takedown }),
  }
}
