import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { OCSF_VERSIONS, type OcsfVersion } from './ocsf.ts';

const FORMATS = ['ocsf', 'ecs', 'cloudevents'] as const;
const DETAILS = ['pseudonyms', 'names'] as const;

/** Where events go, and how: as the operator has set it. */
export interface SiemSettings {
  readonly to:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'endpoint'; readonly url: URL; readonly secret: Uint8Array }
    | { readonly kind: 'collector'; readonly host: string; readonly port: number };
  /** PEM of those whose certificates are taken, in place of the system's; null: the system's. */
  readonly ca: string | null;
  readonly format: (typeof FORMATS)[number];
  readonly ocsfVersion: OcsfVersion;
  readonly detail: (typeof DETAILS)[number];
}

/** Ends with a name, and hides no slash. */
const FILE = /^(?!.*%2f).*[^/]$/i;
const PROTOCOLS = /^(?:file|https?|syslog\+tls):$/;
/** RFC 5425, 4.1. */
const SYSLOG_TLS_PORT = 6514;

/** Standard Webhooks 1.0, "Signature scheme": 24 to 64 random bytes. */
const secret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/)
  .transform((text) => new Uint8Array(Buffer.from(text.slice('whsec_'.length), 'base64')))
  .refine(({ length }) => length >= 24 && length <= 64);

const oneOf = <const T extends readonly string[]>(values: T) => ({
  schema: z.enum(values),
  rule: `must be one of ${values.join(', ')}`,
  remedy: `Set ${values[0]}`,
});

/** What each setting must look like by itself. */
export const SIEM_SETTINGS = {
  COUNTERSIGN_SIEM_URL: {
    schema: z
      .string()
      .refine((text) => URL.canParse(text) && isPlain(new URL(text)))
      .transform((text) => new URL(text)),
    rule: 'must be file:///PATH, https://HOST/PATH or syslog+tls://HOST:PORT, without user or fragment',
    remedy: 'Set where events are to go, such as syslog+tls://siem.example.com',
  },
  COUNTERSIGN_SIEM_FORMAT: oneOf(FORMATS),
  COUNTERSIGN_SIEM_OCSF_VERSION: oneOf(OCSF_VERSIONS),
  COUNTERSIGN_SIEM_SECRET: {
    schema: secret,
    rule: 'must be whsec_ and 24 to 64 bytes in base64',
    remedy: 'Make one with: echo "whsec_$(openssl rand -base64 32)"',
  },
  COUNTERSIGN_SIEM_CA: {
    schema: z.string().max(4_096),
    rule: 'is no path',
    remedy: 'Give a path',
  },
  COUNTERSIGN_SIEM_DETAIL: oneOf(DETAILS),
};

function isPlain(url: URL): boolean {
  const nobody = url.username === '' && url.password === '' && url.hash === '';
  if (!PROTOCOLS.test(url.protocol) || !nobody) return false;
  if (url.protocol === 'file:') return url.host === '' && FILE.test(url.pathname) && url.search === '';
  return url.hostname !== '' && (url.protocol !== 'syslog+tls:' || /^\/?$/.test(url.pathname + url.search));
}

type Name = keyof typeof SIEM_SETTINGS;
export type SiemValues = { readonly [K in Name]?: z.output<(typeof SIEM_SETTINGS)[K]['schema']> | undefined };

interface Problem {
  readonly setting: string;
  readonly what: string;
  readonly remedy: string;
}

export interface SiemSurroundings {
  /** What paths are relative to. */
  readonly cwd: string;
  /** Whether it was given, rightly or wrongly. */
  readonly isSet: (name: Name) => boolean;
  readonly isLoopback: (host: string) => boolean;
}

/** The settings together; null where there is no SIEM. What contradicts is added to `problems`. */
export function siemOf(
  values: SiemValues,
  { cwd, isSet, isLoopback }: SiemSurroundings,
  problems: Problem[],
): SiemSettings | null {
  const url = values.COUNTERSIGN_SIEM_URL;
  const refuse = (setting: Name, what: string, remedy: string): void =>
    void problems.push({ setting, what, remedy });
  if (!isSet('COUNTERSIGN_SIEM_URL')) {
    for (const name of (Object.keys(SIEM_SETTINGS) as Name[]).filter(isSet))
      refuse(
        name,
        'is set, and COUNTERSIGN_SIEM_URL is not: nothing is sent',
        'Set that too, or remove this',
      );
  }
  if (url === undefined) return null;
  const format = values.COUNTERSIGN_SIEM_FORMAT ?? 'ocsf';
  const detail = values.COUNTERSIGN_SIEM_DETAIL ?? 'pseudonyms';
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    refuse('COUNTERSIGN_SIEM_URL', 'may be http on loopback alone', 'Set an https address');
  if (format !== 'ocsf' && isSet('COUNTERSIGN_SIEM_OCSF_VERSION'))
    refuse('COUNTERSIGN_SIEM_OCSF_VERSION', `is set, and the format is ${format}`, 'Remove one of the two');
  if (format === 'cloudevents' && detail === 'names')
    refuse(
      'COUNTERSIGN_SIEM_DETAIL',
      'is names, and CloudEvents carry leaves, which have none',
      'Set ocsf or ecs',
    );
  const to = destination(url, values, isSet, refuse);
  const ca = authorities(url, values, cwd, refuse);
  if (to === null) return null;
  return { to, ca, format, ocsfVersion: values.COUNTERSIGN_SIEM_OCSF_VERSION ?? '1.8.0', detail };
}

type Refuse = (setting: Name, what: string, remedy: string) => void;

function destination(
  url: URL,
  values: SiemValues,
  isSet: (name: Name) => boolean,
  refuse: Refuse,
): SiemSettings['to'] | null {
  const setting = 'COUNTERSIGN_SIEM_SECRET';
  if (/^https?:$/.test(url.protocol)) {
    if (values[setting] !== undefined) return { kind: 'endpoint', url, secret: values[setting] };
    // Set but wrong is on the list already.
    if (!isSet(setting))
      refuse(
        setting,
        'is missing: the endpoint could not tell our batches from forged ones',
        SIEM_SETTINGS[setting].remedy,
      );
    return null;
  }
  if (isSet(setting)) refuse(setting, `is set, and nothing is signed over ${url.protocol}`, 'Remove it');
  if (url.protocol === 'file:') return { kind: 'file', path: fileURLToPath(url) };
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { kind: 'collector', host, port: Number(url.port || SYSLOG_TLS_PORT) };
}

function authorities(url: URL, values: SiemValues, cwd: string, refuse: Refuse): string | null {
  const setting = 'COUNTERSIGN_SIEM_CA';
  const path = values[setting];
  if (path === undefined) return null;
  if (url.protocol === 'file:' || url.protocol === 'http:') {
    refuse(setting, `is set, and there is no TLS over ${url.protocol}`, 'Remove it');
    return null;
  }
  try {
    const pem = readFileSync(resolve(cwd, path), 'utf8');
    // Throws for what is no certificate: TLS would take it, and then trust nobody.
    void new X509Certificate(pem);
    return pem;
  } catch {
    refuse(
      setting,
      'names no file with a certificate in PEM',
      'Give the file of the authority that signs there',
    );
    return null;
  }
}
