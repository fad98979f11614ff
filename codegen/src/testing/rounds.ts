/** Number of random cases per test; `npm run test:long random-cases` multiplies it. */
export function rounds(usual: number): number {
  return usual * Number(process.env.TEST_ROUNDS ?? 1)
}
