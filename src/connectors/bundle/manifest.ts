import type { Connector, ConnectorManifest } from '../../ports/connector.ts';
import { BUNDLE } from './schema.ts';

type Caps = ConnectorManifest['caps'];
const WEAKEST_FIRST: readonly Caps['nativeExpiry'][] = ['none', 'login-only', 'enforced'];
const NAME_MAX_CHARS = 64;

/** What all parts can do. A part that could not be opened is taken to be able to do nothing. */
export function manifestOf(parts: readonly (Connector | null)[]): ConnectorManifest {
  const opened = parts.filter((part) => part !== null);
  const every = (has: (caps: Caps) => boolean): boolean =>
    parts.every((part) => part !== null && has(part.manifest.caps));
  const expiries = parts.map((part) => part?.manifest.caps.nativeExpiry ?? 'none');
  return {
    id: BUNDLE,
    apiVersion: 1,
    name: {
      maxLength: Math.min(NAME_MAX_CHARS, ...opened.map(({ manifest }) => manifest.name.maxLength)),
      charset: /^[a-z0-9_]+$/,
    },
    caps: {
      nativeExpiry: WEAKEST_FIRST.find((each) => expiries.includes(each)) ?? 'none',
      killSessions: every((caps) => caps.killSessions),
      extend: every((caps) => caps.extend),
      // Each part is listed by its own connector, under the same name.
      list: 'none',
      loginProbe: every((caps) => caps.loginProbe),
    },
  };
}
