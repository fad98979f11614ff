/** How many random cases a test tries: `npm run test:long random-cases` multiplies them. */
export function rounds(usual: number): number {
  return usual * Number(process.env.TEST_ROUNDS ?? 1)
}
