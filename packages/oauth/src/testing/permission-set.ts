import type { AuthorizationServerOptions } from '../options.ts'

/**
 * Resolves every name to a permission set for collections.
 *
 * @param collections undefined while the host of the set is down.
 */
export function publishing(
  collections: () => readonly string[] | undefined,
): NonNullable<AuthorizationServerOptions['lexResolver']> {
  return {
    get: async (nsid) => {
      const published = collections()
      if (published === undefined) throw new TypeError('fetch failed')
      return {
        uri: `at://did:web:lexicons.example.com/com.atproto.lexicon.schema/${nsid}`,
        cid: 'unused',
        lexicon: {
          lexicon: 1,
          id: String(nsid),
          defs: {
            main: {
              type: 'permission-set',
              title: 'Basics',
              permissions: published.map((collection) => ({
                type: 'permission',
                resource: 'repo',
                collection: [collection],
              })),
            },
          },
        },
      } as never
    },
  }
}
