import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

/** The LDAP server that groups are read from, as the operator has set it. */
export interface LdapSettings {
  /** ldaps: or ldap:, host and port alone. */
  readonly url: string;
  /** Encrypts what begins in clear, before anything is said. */
  readonly startTls: boolean;
  /** DN of the account we read with. */
  readonly bindDn: string;
  /** Read anew each time, so that a new one is taken without a restart. */
  readonly password: () => string;
  /** PEM of those whose certificates are taken, in place of the system's; null: the system's. */
  readonly ca: string | null;
}

/** What each setting must look like by itself. */
export const LDAP_SETTINGS = {
  COUNTERSIGN_LDAP_URL: {
    schema: z
      .string()
      .refine((text) => URL.canParse(text) && isPlain(new URL(text)))
      .transform((text) => new URL(text)),
    rule: 'must be ldaps://HOST or ldap://HOST, with a port where it is not the usual one, and nothing else',
    remedy: 'Set the address of the LDAP server, such as ldaps://ldap.example.com',
  },
  COUNTERSIGN_LDAP_BIND_DN: {
    schema: z.string().regex(/^[A-Za-z0-9.-]+ *=[^\p{Cc}]{1,1000}$/u),
    rule: 'must be the name of an entry',
    remedy: 'Set the account that may read groups, such as cn=countersign,ou=services,dc=example,dc=com',
  },
  COUNTERSIGN_LDAP_PASSWORD: {
    schema: z.string().regex(/^(?:env|file):[^\p{Cc}]{1,4000}$/u),
    rule: 'must say where the password is, as env:NAME or file:PATH, and not be the password',
    remedy: 'Put the password into a file that its owner alone can read, and set file: and its path',
  },
  COUNTERSIGN_LDAP_CA: { schema: z.string().max(4_096), rule: 'is no path', remedy: 'Give a path' },
};

function isPlain(url: URL): boolean {
  const bare = /^\/?$/.test(url.pathname) && url.search === '' && url.hash === '';
  return /^ldaps?:$/.test(url.protocol) && url.hostname !== '' && url.username + url.password === '' && bare;
}

type Name = keyof typeof LDAP_SETTINGS;
export type LdapValues = { readonly [K in Name]?: z.output<(typeof LDAP_SETTINGS)[K]['schema']> | undefined };

interface Problem {
  readonly setting: string;
  readonly what: string;
  readonly remedy: string;
}

export interface LdapSurroundings {
  /** What paths are relative to. */
  readonly cwd: string;
  /** Whether it was given, rightly or wrongly. */
  readonly isSet: (name: Name) => boolean;
  readonly isLoopback: (host: string) => boolean;
  /** What a reference stands for; throws when there is nothing. */
  readonly secretOf: (reference: string) => string;
}

const NEEDED = ['COUNTERSIGN_LDAP_URL', 'COUNTERSIGN_LDAP_BIND_DN', 'COUNTERSIGN_LDAP_PASSWORD'] as const;

/** The settings together; null where no LDAP server is read. What contradicts is added to `problems`. */
export function ldapOf(
  values: LdapValues,
  { cwd, isSet, isLoopback, secretOf }: LdapSurroundings,
  problems: Problem[],
): LdapSettings | null {
  const refuse = (setting: Name, what: string, remedy: string): void =>
    void problems.push({ setting, what, remedy });
  const given = (Object.keys(LDAP_SETTINGS) as Name[]).find(isSet);
  if (given === undefined) return null;
  for (const name of NEEDED.filter((each) => !isSet(each)))
    refuse(name, `is missing: ${given} is there`, LDAP_SETTINGS[name].remedy);
  const ca = authorities(values, cwd, refuse);
  const {
    COUNTERSIGN_LDAP_URL: url,
    COUNTERSIGN_LDAP_BIND_DN: bindDn,
    COUNTERSIGN_LDAP_PASSWORD: reference,
  } = values;
  if (reference !== undefined) tryOut(() => secretOf(reference), refuse);
  if (url === undefined || bindDn === undefined || reference === undefined) return null;
  const startTls = url.protocol === 'ldap:' && !isLoopback(url.hostname);
  const password = (): string => secretOf(reference);
  return { url: `${url.protocol}//${url.host}`, startTls, bindDn, password, ca };
}

type Refuse = (setting: Name, what: string, remedy: string) => void;

function tryOut(secret: () => string, refuse: Refuse): void {
  try {
    secret();
  } catch (error) {
    const said = error instanceof Error ? error.message : 'cannot be read';
    refuse('COUNTERSIGN_LDAP_PASSWORD', `names a secret that is not there: ${said}`, 'Put it there');
  }
}

function authorities({ COUNTERSIGN_LDAP_CA: path }: LdapValues, cwd: string, refuse: Refuse): string | null {
  if (path === undefined) return null;
  try {
    const pem = readFileSync(resolve(cwd, path), 'utf8');
    // Throws for what is no certificate: TLS would take it, and then trust nobody.
    void new X509Certificate(pem);
    return pem;
  } catch {
    const remedy = 'Give the file of the authority that signs there';
    refuse('COUNTERSIGN_LDAP_CA', 'names no file with a certificate in PEM', remedy);
    return null;
  }
}
