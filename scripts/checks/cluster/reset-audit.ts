import pg from 'pg'

/** Accounts whose password was reset twice with one mailed code, according to the audit log. */
export async function resetsWithoutCode(url: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ did: string }>(`
    select distinct did from (
      select did, event, lag(event) over (partition by did order by id) as former
      from lexwright_account.audit_log
      where event in ('password.reset', 'password.reset-token-issued')
    ) as resets
    where event = 'password.reset' and former is distinct from 'password.reset-token-issued'`)
  await client.end()
  return rows.map(({ did }) => did)
}
