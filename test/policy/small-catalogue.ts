import { parseCatalogue } from '../../src/policy/catalogue.ts';
import { CatalogueError, formatProblem } from '../../src/policy/problems.ts';

/** The smallest catalogue worth breaking. Tests replace a piece of it; line numbers matter to them. */
export const SMALL = `version: 1
zone: Europe/Vienna
slack: { teams: [T0COUNTER] }
people:
  ana: { name: Ana, accounts: { slack: T0COUNTER/U0ANA } }
  ben: { name: Ben, accounts: { slack: T0COUNTER/U0BEN }, email: ben@counter.example }
  cleo: { name: Cleo, accounts: { slack: T0COUNTER/U0CLEO } }
  dev: { name: Dev, accounts: { slack: T0COUNTER/U0DEV } }
groups:
  developers: { title: Developers, members: [ana, ben] }
  dba: { title: Administrators, members: [cleo, dev], channel: approvals }
channels:
  approvals: { slack: C0APPROVALS }
connectors:
  shop:
    use: postgres-role
    config: { admin: env:SHOP_ADMIN_URL }
resources:
  orders-db:
    title: Orders
    connector: shop
    environment: production
    classification: confidential
    owner: cleo
    channel: approvals
entitlements:
  orders-db:read:
    title: Read orders
    resource: orders-db
    description: Select on all tables.
    scope: { role: shop_ro }
    longest: 4h
    requesters: [developers]
    stages:
      - name: DBA
        group: dba
        quorum: 2
`;

/** SMALL with `from` replaced by `to`; a `from` that is not there, or there twice, is a mistake in the test. */
export function changed(from: string, to: string, text = SMALL): string {
  if (text.split(from).length !== 2) throw new Error(`"${from}" is not exactly once in the catalogue`);
  return text.replace(from, () => to);
}

/** Each problem on its line, as an operator reads them; none when the catalogue loads. */
export function problemsOf(text: string): readonly string[] {
  const error = errorOf(text);
  return error === null ? [] : error.problems.map(formatProblem);
}

export function errorOf(text: string): CatalogueError | null {
  try {
    parseCatalogue(text, 'catalogue.yaml');
    return null;
  } catch (error) {
    if (error instanceof CatalogueError) return error;
    throw error;
  }
}
