/** A change that affects no verdict, with the reason. */
export interface Equivalent {
  readonly in: string
  /** The beginning of the change, as reported. */
  readonly change: string
  readonly because: string
}

const shortcut = 'it only decides early, with the same result'
const narrower = 'the library judges values outside the usual form'

export const EQUIVALENT: readonly Equivalent[] = [
  { in: 'validators', change: '0 → -1', because: 'no length is below 0' },
  { in: 'strict validators', change: '0 → -1', because: 'no length is below 0' },
  { in: 'structures.ts', change: '0 → -1', because: 'no length is below 0' },
  { in: 'structures.ts', change: 'return false → return undefined', because: 'both mean no' },
  { in: 'structures.ts', change: 'hash < 0 → false', because: shortcut },
  { in: 'checks.ts', change: 'return false → return undefined', because: 'both mean no' },
  { in: 'links.ts', change: 'return false → return undefined', because: 'both mean no' },
  { in: 'lengths.ts', change: '3 → 4', because: shortcut },
  {
    in: 'lengths.ts',
    change: 'value.length * 3 <= max → value.length * 3 < max',
    because: shortcut,
  },
  {
    in: 'lengths.ts',
    change: 'value.length * 3 <= max || (value.length <= max',
    because: shortcut,
  },
  {
    in: 'lengths.ts',
    change: 'value.length <= max && utf8Len(value) <= max → utf8Len',
    because: shortcut,
  },
  {
    in: 'lengths.ts',
    change: 'value.length <= maxGraphemes → value.length < maxGraphemes',
    because: shortcut,
  },
  {
    in: 'lengths.ts',
    change:
      'maxGraphemes === undefined || value.length <= maxGraphemes → maxGraphemes === undefined',
    because: shortcut,
  },
  { in: 'lengths.ts', change: 'value.length >= min → value.length > min', because: shortcut },
  {
    in: 'lengths.ts',
    change: 'value.length * 3 >= min && utf8Len(value) >= min → utf8Len',
    because: shortcut,
  },
  {
    in: 'lengths.ts',
    change: 'value.length >= min || (value.length * 3 >= min',
    because: shortcut,
  },
  { in: 'lengths.ts', change: 'value.length <= max → value.length < max', because: shortcut },
  {
    in: 'lengths.ts',
    change: 'value.length <= max || graphemes(value) <= max → graphemes',
    because: shortcut,
  },
  {
    in: 'lengths.ts',
    change: "typeof value === 'string' && value.length >= min → typeof",
    because: shortcut,
  },
  {
    in: 'lengths.ts',
    change: 'SIMPLE_TEXT.test(value) ? value.length : graphemeLen',
    because: shortcut,
  },
  {
    in: 'checks.ts',
    change: 'USUAL_DATETIME.test(value) || isDatetimeStringLenient',
    because: shortcut,
  },
  {
    in: 'checks.ts',
    change: '(value.length <= MAX_USUAL_AT_URI && USUAL_AT_URI',
    because: shortcut,
  },
  {
    in: 'checks.ts',
    change: 'value.length <= MAX_USUAL_AT_URI → value.length < ',
    because: narrower,
  },
  { in: 'checks.ts', change: '84 → 83', because: narrower },
  {
    in: 'links.ts',
    change: 'value.length === 59 && USUAL_CID.test(value) → false',
    because: shortcut,
  },
  {
    in: 'links.ts',
    change: '/^baf[yk]rei[a-h][a-z2-7]+[aeimquy4]$/ → /^baf[yk]rei[a-h][a-z2-7]*[aeimquy4]$/',
    because: 'the length is fixed',
  },
  { in: 'checks.ts', change: 'USUAL_LANGUAGE.test(value) || isValidLanguage', because: shortcut },
  {
    in: 'checks.ts',
    change: '(value.length <= MAX_USUAL_HANDLE && USUAL_HANDLE',
    because: shortcut,
  },
  {
    in: 'checks.ts',
    change: 'value.length <= MAX_USUAL_HANDLE → value.length < ',
    because: narrower,
  },
  { in: 'checks.ts', change: '65 → 64', because: narrower },
  { in: 'checks.ts', change: 'USUAL_URI.test(value) || isValidUri', because: shortcut },
]
