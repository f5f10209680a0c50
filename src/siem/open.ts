import type { Subject } from '../domain/values.ts';
import type { Clock } from '../ports/clock.ts';
import { type Followed, type Follower, FollowerFault } from '../ports/follower.ts';
import { toCloudEvent } from './cloud-events.ts';
import { toEcs } from './ecs.ts';
import { toFile } from './file.ts';
import { toEndpoint } from './https.ts';
import { meaningOf } from './meaning.ts';
import { toOcsf } from './ocsf.ts';
import type { Format, Source } from './record.ts';
import type { SiemSettings } from './settings.ts';
import { toCollector } from './syslog.ts';
import { type Message, RETRIED, type Transport } from './transport.ts';

export interface SiemParts {
  readonly settings: SiemSettings;
  /** Of the log, as its checkpoints have it. */
  readonly origin: string;
  /** Of this software. */
  readonly version: string;
  /** Of this machine. */
  readonly hostname: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Who stands behind a pseudonym; null where nobody knows any more. */
  readonly nameOf: (subject: Subject) => Promise<string | null>;
}

/** The SIEM as a follower of the log: each event in its format, over its transport. */
export function openSiem(parts: SiemParts): Follower {
  const { settings, origin, version } = parts;
  const format = formatOf(settings);
  const send = transportOf(parts);
  return {
    name: 'siem',
    deliver: async (batch, signal) => {
      const names = settings.detail === 'names' ? await namesIn(batch, parts.nameOf) : new Map();
      await send(
        batch.map((followed) => messageOf(followed, format, { origin, version, names })),
        signal,
      );
    },
  };
}

function formatOf({ format, ocsfVersion }: SiemSettings): Format {
  switch (format) {
    case 'ocsf':
      return (followed, source) => toOcsf(followed, source, ocsfVersion);
    case 'ecs':
      return toEcs;
    case 'cloudevents':
      return toCloudEvent;
  }
}

function transportOf({ settings, hostname, clock }: SiemParts): Transport {
  const { to, ca, format } = settings;
  switch (to.kind) {
    case 'file':
      return toFile(to.path);
    case 'endpoint':
      return toEndpoint({ ...to, ca, clock, body: format === 'cloudevents' ? 'array' : 'lines' });
    case 'collector':
      return toCollector({ ...to, ca, hostname });
  }
}

function messageOf(followed: Followed, format: Format, source: Source): Message {
  const { type, meta } = followed.event;
  const { index, leaf, at } = meta;
  const json = JSON.stringify(format(followed, source));
  return { index, leaf, type, at, severity: meaningOf(followed).severity, json };
}

const SUBJECT = /"(s:[0-9a-f]{24})"/g;

/** Everyone the batch speaks of. */
async function namesIn(
  batch: readonly Followed[],
  nameOf: SiemParts['nameOf'],
): Promise<ReadonlyMap<Subject, string>> {
  const found = JSON.stringify(batch.map(({ event, state }) => [event.data, state])).matchAll(SUBJECT);
  const names = new Map<Subject, string>();
  try {
    for (const subject of new Set([...found].map(([, one]) => one as Subject))) {
      const name = await nameOf(subject);
      if (name !== null) names.set(subject, name);
    }
  } catch (cause) {
    throw new FollowerFault('unreachable', 'the names for the SIEM cannot be looked up', RETRIED, { cause });
  }
  return names;
}
