/** The environment variable that names the PostgreSQL to test against; see `global-setup.ts`. */
export const POSTGRES_URL_VARIABLE = 'LEXWRIGHT_TEST_POSTGRES_URL'
