import { Client, type Entry, ResultCodeError } from 'ldapts';
import { LIMITS } from '../limits.ts';
import { GroupReadFault, type GroupReader, inTime } from '../ports/group-reader.ts';
import { normaliseDn, withoutUid } from './dn.ts';
import type { LdapSettings } from './settings.ts';

/**
 * Groups of an LDAP server by the DN of their entry, each over a connection of its own: `member` and `uniqueMember`.
 * A group within the group is nobody's membership; the catalogue's `includes` are for that. Referrals and aliases are
 * not followed.
 */
export function createLdapReader(settings: LdapSettings): GroupReader {
  return {
    name: 'ldap',
    async read(dn, signal) {
      const client = clientOf(settings);
      try {
        return await inTime(signal, `the LDAP server ${settings.url}`, () => readOver(client, settings, dn));
      } finally {
        // Nobody waits for the goodbye, and whatever is still open is closed by it.
        client.unbind().catch(() => {});
      }
    },
  };
}

function clientOf({ url, ca }: LdapSettings): Client {
  const tls = { ...(ca !== null && { ca }) };
  return new Client({
    url,
    timeout: LIMITS.ldapCallTimeoutMs,
    connectTimeout: LIMITS.ldapCallTimeoutMs,
    // Given to a client for ldap:, they would make it speak TLS from the first byte on.
    ...(url.startsWith('ldaps:') && { tlsOptions: tls }),
  });
}

async function readOver(
  client: Client,
  settings: LdapSettings,
  dn: string,
): Promise<readonly string[] | null> {
  try {
    await enter(client, settings);
  } catch (error) {
    throw faultOf(error, 'denied', `the LDAP server ${settings.url} does not let us in`);
  }
  try {
    return await membersOf(client, dn);
  } catch (error) {
    if (error instanceof ResultCodeError && error.code === NO_SUCH_OBJECT) return null;
    throw faultOf(error, 'refused', `the LDAP server ${settings.url} does not tell of ${dn}`);
  }
}

async function enter(client: Client, { url, startTls, ca, bindDn, password }: LdapSettings): Promise<void> {
  if (startTls) {
    const host = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
    // The server's certificate is checked against the host, which TLS over an open socket is not told otherwise.
    await client.startTLS({ host, servername: isAddress(host) ? '' : host, ...(ca !== null && { ca }) });
  }
  await client.bind(bindDn, secretFrom(password));
}

const isAddress = (host: string): boolean => /^[\d.]+$|:/.test(host);

/** A bind with an empty password succeeds, as nobody (RFC 4513, 5.1.2). */
function secretFrom(password: () => string): string {
  try {
    const secret = password();
    if (secret !== '') return secret;
  } catch (cause) {
    throw new GroupReadFault('denied', 'the password for the LDAP server cannot be read', PASSWORD, {
      cause,
    });
  }
  throw new GroupReadFault('denied', 'the password for the LDAP server is empty', PASSWORD);
}
const PASSWORD = 'See what COUNTERSIGN_LDAP_PASSWORD names.';

const ATTRIBUTES = ['member', 'uniqueMember', 'memberUid'];

async function membersOf(client: Client, dn: string): Promise<readonly string[]> {
  const { searchEntries } = await client.search(dn, {
    scope: 'base',
    filter: '(objectClass=*)',
    derefAliases: 'never',
    attributes: ATTRIBUTES,
    sizeLimit: 1,
    timeLimit: Math.ceil(LIMITS.ldapCallTimeoutMs / 1_000),
  });
  const [entry] = searchEntries;
  if (entry === undefined)
    throw new GroupReadFault('refused', `the LDAP server does not show us ${dn}`, RIGHTS);
  return listedIn(entry);
}
const RIGHTS = 'Let the account of COUNTERSIGN_LDAP_BIND_DN read the entry and its members.';

function listedIn(entry: Entry): readonly string[] {
  const values = new Map(Object.entries(entry).map(([name, value]) => [name.toLowerCase(), [value].flat()]));
  const names = [...(values.get('member') ?? []), ...(values.get('uniquemember') ?? []).map(plain)];
  if ([...values.keys()].some((name) => /^(?:unique)?member;range=/.test(name)))
    throw new GroupReadFault('refused', `${entry.dn} has more members than the server tells at once`, SPLIT);
  if (names.length > LIMITS.sourceMembersMax)
    throw new GroupReadFault(
      'refused',
      `${entry.dn} has more than ${LIMITS.sourceMembersMax} members`,
      SPLIT,
    );
  if (names.length === 0 && (values.get('memberuid') ?? []).length > 0)
    throw new GroupReadFault('refused', `${entry.dn} names its members by memberUid, which is no DN`, BY_DN);
  const known = names.map((name) => (typeof name === 'string' ? normaliseDn(name) : null));
  return [...new Set(known.filter((name) => name !== null))];
}
const SPLIT = 'Split it into groups that are smaller, and let the catalogue include them in one.';
const BY_DN = 'Name a group with member or uniqueMember, such as groupOfNames.';

const plain = (value: string | Buffer): string | Buffer =>
  typeof value === 'string' ? withoutUid(value) : value;

/** RFC 4511, 4.1.9. */
const NO_SUCH_OBJECT = 32;
const REFERRAL = 10;
const INVALID_CREDENTIALS = 49;
/** The server's own trouble, which passes: time limit, administrative limit, busy, unavailable. */
const PASSING: ReadonlySet<number> = new Set([3, 11, 51, 52]);

/** What the server says of itself stays out of the message: it may be anything. */
function faultOf(error: unknown, code: 'denied' | 'refused', what: string): GroupReadFault {
  if (error instanceof GroupReadFault) return error;
  if (!(error instanceof ResultCodeError))
    return new GroupReadFault('unreachable', `${what}: ${networkCode(error)}`, hintOf(error), {
      cause: error,
    });
  const passes = PASSING.has(error.code);
  const said = `${what}: LDAP result ${error.code}`;
  return new GroupReadFault(passes ? 'unreachable' : code, said, hintOfResult(error.code, code));
}

function hintOfResult(result: number, code: 'denied' | 'refused'): string {
  if (PASSING.has(result)) return 'It is asked again in the next round.';
  if (result === INVALID_CREDENTIALS) return 'Check COUNTERSIGN_LDAP_BIND_DN and COUNTERSIGN_LDAP_PASSWORD.';
  if (result === REFERRAL)
    return 'Referrals are not followed: set COUNTERSIGN_LDAP_URL to where the group is.';
  return code === 'denied' ? 'See what the server demands of those who bind (RFC 4511, A.2).' : RIGHTS;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code).slice(0, 60) : '';
const networkCode = (error: unknown): string => codeOf(error) || 'no answer';
const hintOf = (error: unknown): string =>
  /CERT|ALTNAME|SELF_SIGNED|VERIFY/.test(codeOf(error))
    ? 'Set COUNTERSIGN_LDAP_CA to the authority of its certificate, and COUNTERSIGN_LDAP_URL to a name that is in it.'
    : 'See that COUNTERSIGN_LDAP_URL can be reached from here; it is asked again in the next round.';
