import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'ldapts';
import { testAuthority } from '../siem/certificate.ts';

const PROGRAM = '/usr/sbin/slapd';
const SCHEMAS = ['core', 'cosine', 'nis', 'inetorgperson'].map((name) => `/etc/ldap/schema/${name}.schema`);

/** Why there is no slapd to test with; null: there is one. */
export const noSlapd: string | null = [PROGRAM, '/usr/lib/ldap/back_mdb.la', ...SCHEMAS].every(existsSync)
  ? null
  : `${PROGRAM} is not installed (Debian's package slapd)`;
if (noSlapd !== null && process.env['CI']) throw new Error(noSlapd);

export const SUFFIX = 'dc=counter,dc=example';
export const groupDn = (name: string): string => `cn=${name},ou=groups,${SUFFIX}`;
export const personDn = (name: string): string => `uid=${name},ou=people,${SUFFIX}`;
export const READER = { dn: `cn=reader,${SUFFIX}`, password: 'canary-reader' };
const ROOT = { dn: `cn=admin,${SUFFIX}`, password: 'canary-admin' };

/** OpenLDAP's server on loopback, with what is in a company's directory; groups can be changed meanwhile. */
export interface Slapd extends AsyncDisposable {
  readonly port: number;
  readonly tlsPort: number;
  /** PEM: who signed its certificate. */
  readonly ca: string;
  /** As its administrator. */
  change<T>(work: (admin: Client) => Promise<T>): Promise<T>;
}

export async function startSlapd({ tls = true } = {}): Promise<Slapd> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-slapd-'));
  const { ca, cert, key } = testAuthority();
  for (const [name, pem] of Object.entries({ ca, cert, key }))
    writeFileSync(join(folder, `${name}.pem`), pem);
  mkdirSync(join(folder, 'db'));
  const config = join(folder, 'slapd.conf');
  writeFileSync(config, configuration(folder, tls));
  const ldif = join(folder, 'tree.ldif');
  writeFileSync(ldif, TREE);
  execFileSync('/usr/sbin/slapadd', ['-f', config, '-l', ldif], { stdio: 'pipe' });
  const [port, tlsPort] = [await freePort(), await freePort()];
  // All of 127 is loopback here; the certificate is for 127.0.0.1 alone.
  const urls = ['127.0.0.1', '127.0.0.2'].flatMap((host) => [
    `ldap://${host}:${port}/`,
    ...(tls ? [`ldaps://${host}:${tlsPort}/`] : []),
  ]);
  const server = spawn(PROGRAM, ['-f', config, '-h', urls.join(' '), '-d', '0'], { stdio: 'ignore' });
  await Promise.all([port, ...(tls ? [tlsPort] : [])].map((each) => untilOpen(each, server)));
  return {
    port,
    tlsPort,
    ca,
    change: (work) => asAdmin(port, work),
    async [Symbol.asyncDispose]() {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      if (server.exitCode === null && server.kill()) await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function asAdmin<T>(port: number, work: (admin: Client) => Promise<T>): Promise<T> {
  const admin = new Client({ url: `ldap://127.0.0.1:${port}` });
  try {
    await admin.bind(ROOT.dn, ROOT.password);
    return await work(admin);
  } finally {
    await admin.unbind();
  }
}

const configuration = (folder: string, tls: boolean): string => `
${SCHEMAS.map((schema) => `include ${schema}`).join('\n')}
modulepath /usr/lib/ldap
moduleload back_mdb.la
pidfile ${folder}/slapd.pid
${tls ? `TLSCertificateFile ${folder}/cert.pem\nTLSCertificateKeyFile ${folder}/key.pem` : ''}
disallow bind_anon
database mdb
suffix "${SUFFIX}"
directory ${folder}/db
rootdn "${ROOT.dn}"
rootpw ${ROOT.password}
access to dn.exact="${groupDn('hidden')}" by * none
access to dn.exact="${groupDn('veiled')}" by * disclose
access to * by dn.exact="${READER.dn}" read by anonymous auth by * none
`;

const person = (name: string): string => `dn: ${personDn(name)}
objectClass: inetOrgPerson
cn: ${name}
sn: ${name}
`;

const TREE = `dn: ${SUFFIX}
objectClass: dcObject
objectClass: organization
o: Counter

dn: ${READER.dn}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: ${READER.password}

dn: ou=people,${SUFFIX}
objectClass: organizationalUnit

dn: ou=groups,${SUFFIX}
objectClass: organizationalUnit

${['ana', 'ben', 'cleo'].map(person).join('\n')}
dn: ${groupDn('dba')}
objectClass: groupOfNames
member: UID=Ana, OU=People, ${SUFFIX}
member: ${personDn('ben')}

dn: ${groupDn('unique')}
objectClass: groupOfUniqueNames
uniqueMember: ${personDn('ana')}#'0101'B
uniqueMember: ${personDn('cleo')}

dn: ${groupDn('posix')}
objectClass: posixGroup
gidNumber: 7
memberUid: ana

dn: ${groupDn('hidden')}
objectClass: groupOfNames
member: ${personDn('ana')}

dn: ${groupDn('veiled')}
objectClass: groupOfNames
member: ${personDn('ana')}

dn: ${groupDn('elsewhere')}
objectClass: referral
objectClass: extensibleObject
cn: elsewhere
ref: ldap://127.0.0.1:1/${groupDn('elsewhere')}
`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}

const TRIES_MAX = 200;

async function untilOpen(port: number, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    if (server.exitCode !== null) throw new Error(`slapd ended with ${server.exitCode}`);
    if (await isOpen(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`slapd does not listen on ${port}`);
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
