/** The values that every library validates: plain JSON, as received. */

const CIDS = [
  'bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a',
  'bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
]
const NAMES = ['ewvi7nxzyoun6zhxrhs64oiz', 'z72i7hdynmk6r22z27h6tvur', 'vpkhqolt662uhesyj6nxm7ys']
const TEXTS = [
  'Went for a walk along the river this morning, and the light was quite something.',
  'Neue Version ist draußen – schneller, kleiner, und ganz ohne Überraschungen 🎉',
  'https://example.com has the write-up; thanks @bob.example.com and everyone who tried it',
]

/** Distinct inputs of `com.atproto.account.create`. */
export function accountInputs(count: number): object[] {
  return series(count, (n) => ({
    email: `alice${n}@example.com`,
    handle: `alice${n}.test`,
    password: `correct horse battery ${n}`,
    ...(n % 2 === 0 && { inviteCode: 'example-com-abcde-fghij' }),
  }))
}

/** Distinct records of `app.bsky.feed.post`: facets, a reply, an embed, languages, labels and tags. */
export function postRecords(count: number): object[] {
  return series(count, (n) => ({
    $type: 'app.bsky.feed.post',
    text: TEXTS[n % TEXTS.length],
    createdAt: `2026-11-0${(n % 9) + 1}T12:34:56.${100 + n}Z`,
    langs: ['en', 'de'],
    tags: ['walking', 'release'],
    facets: facets(n),
    reply: { root: strongRef(n), parent: strongRef(n + 1) },
    embed: {
      $type: 'app.bsky.embed.external',
      external: {
        uri: 'https://example.com/write-up',
        title: 'The write-up',
        description: 'What changed and why it matters',
      },
    },
    labels: { $type: 'com.atproto.label.defs#selfLabels', values: [{ val: 'graphic-media' }] },
  }))
}

/** Distinct outputs of `app.bsky.feed.getTimeline`, 50 posts each. */
export function timelines(count: number): object[] {
  return series(count, (n) => ({
    cursor: `2026-11-02T00:00:0${n % 10}.000Z`,
    feed: series(50, (index) => feedItem(n * 50 + index)),
  }))
}

function feedItem(n: number): object {
  return {
    post: postView(n),
    ...(n % 3 === 0 && {
      reply: {
        root: { $type: 'app.bsky.feed.defs#postView', ...postView(n + 1) },
        parent: { $type: 'app.bsky.feed.defs#postView', ...postView(n + 2) },
      },
    }),
    ...(n % 5 === 0 && {
      reason: {
        $type: 'app.bsky.feed.defs#reasonRepost',
        by: author(n + 3),
        uri: uri(n, 'app.bsky.feed.repost'),
        cid: CIDS[n % 2],
        indexedAt: '2026-11-02T10:00:00.000Z',
      },
    }),
  }
}

function postView(n: number): object {
  const $type = 'app.bsky.feed.post'
  return {
    uri: uri(n),
    cid: CIDS[n % 2],
    author: author(n),
    record: { $type, text: TEXTS[n % 3], createdAt: '2026-11-02T09:59:59.123Z', facets: facets(n) },
    ...(n % 2 === 0 && { embed: embed(n) }),
    replyCount: n % 7,
    repostCount: n % 11,
    likeCount: n % 101,
    quoteCount: 0,
    bookmarkCount: 0,
    indexedAt: '2026-11-02T10:00:00.456Z',
    viewer: {
      ...(n % 4 === 0 && { like: uri(n, 'app.bsky.feed.like') }),
      bookmarked: false,
      threadMuted: false,
      embeddingDisabled: false,
    },
    labels: n % 6 === 0 ? [label(n)] : [],
  }
}

function author(n: number): object {
  return {
    did: did(n),
    handle: `person${n % 40}.bsky.social`,
    displayName: n % 3 === 0 ? `Person ${n} 🌿` : `Person Number ${n}`,
    avatar: `https://cdn.example.com/img/avatar/plain/${did(n)}/${CIDS[0]}@jpeg`,
    associated: { chat: { allowIncoming: 'following' } },
    viewer: { muted: false, blockedBy: false, following: uri(n, 'app.bsky.graph.follow') },
    labels: [],
    createdAt: '2023-04-24T18:13:03.346Z',
  }
}

function embed(n: number): object {
  if (n % 4 === 0) {
    return {
      $type: 'app.bsky.embed.images#view',
      images: series(2, (index) => ({
        thumb: `https://cdn.example.com/img/thumb/${did(n)}/${index}@jpeg`,
        fullsize: `https://cdn.example.com/img/full/${did(n)}/${index}@jpeg`,
        alt: 'A river in the early light',
        aspectRatio: { width: 1600, height: 1200 },
      })),
    }
  }
  return {
    $type: 'app.bsky.embed.record#view',
    record: {
      $type: 'app.bsky.embed.record#viewRecord',
      uri: uri(n + 7),
      cid: CIDS[0],
      author: author(n + 7),
      value: { $type: 'app.bsky.feed.post', text: TEXTS[0], createdAt: '2026-11-01T00:00:00Z' },
      labels: [],
      likeCount: 3,
      replyCount: 1,
      repostCount: 0,
      quoteCount: 2,
      indexedAt: '2026-11-01T00:00:01.000Z',
      embeds: [],
    },
  }
}

function facets(n: number): object[] {
  return [
    {
      index: { byteStart: 0, byteEnd: 19 },
      features: [{ $type: 'app.bsky.richtext.facet#link', uri: 'https://example.com' }],
    },
    {
      index: { byteStart: 42, byteEnd: 58 },
      features: [{ $type: 'app.bsky.richtext.facet#mention', did: did(n) }],
    },
  ]
}

function label(n: number): object {
  return {
    src: did(n),
    uri: uri(n),
    cid: CIDS[0],
    val: 'graphic-media',
    cts: '2026-11-02T10:00:00.000Z',
  }
}

function strongRef(n: number): object {
  return { uri: uri(n), cid: CIDS[n % 2] }
}

function did(n: number): string {
  return `did:plc:${NAMES[n % NAMES.length]}`
}

function uri(n: number, collection = 'app.bsky.feed.post'): string {
  return `at://${did(n)}/${collection}/3jt5tsfbx${String.fromCharCode(97 + (n % 26))}s2a`
}

/** Values that went through JSON, as objects from a parser do. */
function series<T>(count: number, make: (index: number) => T): T[] {
  return JSON.parse(JSON.stringify(Array.from({ length: count }, (_, index) => make(index))))
}
