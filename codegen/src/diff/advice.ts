import type { Change } from './change.ts'
import type { ChangeName } from './rules.ts'

/** A non-breaking change to make instead of a breaking one. */
const ADVICE: Readonly<Partial<Record<ChangeName, string>>> = {
  'method-removed': 'Keep the method, and say in its description that it is deprecated.',
  'record-removed': 'Keep the document: records of it stay in repositories.',
  'definition-removed': 'Keep the definition, and say in its description that it is deprecated.',
  'kind-changed': 'Leave the definition as it is, and add a new one beside it.',
  'record-key-changed': 'Leave the keys as they are, and publish a new record.',
  'permission-removed': 'Leave the set as it is, and publish a new one that grants less.',
  'body-added': 'Leave the method as it is, and publish a new one with the body.',
  'body-removed': 'Keep the body, and ignore it or send it empty.',
  'body-schema-added': 'Leave the body as it is, and publish a new method with the schema.',
  'body-schema-removed': 'Keep the schema, and publish a new method for other bodies.',
  'encoding-removed':
    'Keep the media type, and answer with a declared error where it is not wanted.',
  'encoding-added': 'Leave the body as it is, and publish a new method for the other media type.',
  'error-removed': 'Keep the error declared: nobody has to send it.',
  'required-property-added': 'Add it as an optional property, or with a default.',
  'property-removed':
    'Keep the property, ignore it, and say in its description that it is deprecated.',
  'required-property-removed':
    'Keep the property required, and say in its description that it is deprecated.',
  'became-required': 'Leave it optional, and answer with a declared error where it is missing.',
  'became-optional': 'Leave it required, and add a new optional property.',
  'became-nullable': 'Leave it as it is, and add a new optional property that may be absent.',
  'no-longer-nullable': 'Leave it nullable, and add a new optional property that is never null.',
  'default-changed': 'Leave the default, and add a new optional property.',
  'default-removed': 'Leave the default.',
  'type-changed': 'Leave the property as it is, and add an optional one of the new type.',
  'became-repeatable':
    'Leave the parameter as it is, and add an optional one that may be repeated.',
  'values-removed': 'Leave the values, and answer with a declared error where one is not wanted.',
  'values-added': 'Leave the values, and add an optional property with "knownValues".',
  'bound-tightened': 'Leave the bound, and answer with a declared error beyond the new one.',
  'bound-loosened': 'Leave the bound, and add an optional property with the wider one.',
  'format-tightened': 'Leave the format, and answer with a declared error where it does not fit.',
  'format-loosened': 'Leave the format, and add an optional property with the wider one.',
  'format-changed': 'Leave the format, and add an optional property with the new one.',
  'media-type-removed':
    'Leave the media type, and answer with a declared error where it is not wanted.',
  'media-type-added': 'Leave the media types, and add an optional property for the other one.',
  'union-closed': 'Leave the union open.',
  'union-opened': 'Leave the union closed, and add an optional property with an open one.',
  'closed-member-removed':
    'Leave the member, and answer with a declared error where it is not wanted.',
  'closed-member-added': 'Leave the union, and add an optional property with an open one.',
}

/** Advice for a breaking change; `undefined` for a compatible one. */
export function adviceOn({ rule, breaks }: Pick<Change, 'rule' | 'breaks'>): string | undefined {
  return breaks.length === 0 ? undefined : ADVICE[rule]
}

/** How to make the changes to one document without breaking anything. */
export interface Plan {
  readonly nsid: string
  readonly steps: readonly { readonly path: Change['path']; readonly instead: string }[]
  /** An unused id, for a document with all of the changes at once. */
  readonly successor: string
}

/** One plan per document with breaking changes. `taken` contains the existing ids. */
export function plansFor(changes: readonly Change[], taken: ReadonlySet<string>): Plan[] {
  const breaking = changes.filter(({ breaks }) => breaks.length > 0)
  return [...Map.groupBy(breaking, ({ nsid }) => nsid)].map(([nsid, all]) => ({
    nsid,
    steps: all.flatMap((change) => {
      const instead = adviceOn(change)
      return instead === undefined ? [] : [{ path: change.path, instead }]
    }),
    successor: successorOf(nsid, taken),
  }))
}

/** `com.example.getV2`, then `com.example.getV3`. */
function successorOf(nsid: string, taken: ReadonlySet<string>): string {
  const [, base = nsid, version = '1'] = /^(.*?[A-Za-z])(?:V(\d{1,6}))?$/.exec(nsid) ?? []
  let next = Number(version) + 1
  while (taken.has(`${base}V${next}`)) next++
  return `${base}V${next}`
}
