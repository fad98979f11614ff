/** Cases that take seconds each: `npm run test:long every-case` tests all, other runs a sample. */
export function sampleOf<T>(all: readonly T[], sample: readonly NoInfer<T>[]): readonly T[] {
  return process.env.TEST_EVERY_CASE === undefined ? sample : all
}
