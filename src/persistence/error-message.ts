/** How the statements begin that Knex puts before the message of an error, with " - " between the two. */
const statement = /^\s*(with|select|insert|update|delete|begin|commit|rollback|set|lock|create|alter|grant|revoke)\b/i;

/** What an error says, without the statement that it is about: a page of SQL hides the reason behind it. */
export function messageOf(error: Error): string {
  return statement.test(error.message) ? (error.message.split(' - ').at(-1) as string) : error.message;
}
