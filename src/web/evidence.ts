import { createHash } from 'node:crypto';
import type { EvidenceOrder } from '../ports/evidence.ts';
import type { Answer, Route } from './answer.ts';
import type { EvidenceDesk } from './evidence-desk.ts';

/** A file to be saved: a plain name without spaces or quotes, and its bytes. */
export interface Download {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface EvidenceDoor {
  readonly desk: Pick<EvidenceDesk, 'isGood' | 'take'>;
  /** Made for the one who asked, if they may still have it; null when not. */
  readonly make: (order: EvidenceOrder) => Promise<Download | null>;
}

export const EVIDENCE = '/evidence/';

/**
 * Looking takes nothing, so that whatever looks at links by itself takes nothing either: the button does. A token that
 * is wrong, used, too old or malformed is answered like an address that does not exist.
 */
export function evidenceRoute({ desk, make }: EvidenceDoor, method: 'GET' | 'POST', path: string): Route {
  const token = path.slice(EVIDENCE.length);
  if (method === 'GET') return async () => (desk.isGood(token) ? page(200, OFFER) : GONE);
  return async () => {
    const order = desk.take(token);
    const download = order && (await make(order));
    return download === null ? GONE : saved(download);
  };
}

function saved({ name, bytes }: Download): Answer {
  const headers = {
    'content-type': 'application/zip',
    'content-disposition': `attachment; filename="${name}"`,
  };
  return { status: 200, headers, body: bytes };
}

const STYLE = `:root { color-scheme: light dark; }
body { max-width: 32rem; margin: 4rem auto; padding: 0 1.25rem; font: 17px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 0.5rem; }
button { font: inherit; font-weight: 600; margin-top: 0.75rem; padding: 0.6rem 1.2rem; cursor: pointer; }`;

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

function page(status: number, body: string): Answer {
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>Evidence</title><style>${STYLE}</style></head>
<body>${body}</body></html>
`;
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY };
  return { status, headers, body: html };
}

const OFFER = `<h1>Evidence</h1>
<p>One archive with the events of the request, the proofs that the log holds them, and a page to read. It can be
downloaded once, with this button.</p>
<form method="post"><button>Download</button></form>`;

const GONE = page(
  404,
  `<h1>Nothing here</h1>
<p>A link to evidence is good for one download and a few minutes. Press <b>Evidence</b> in chat again for another.</p>`,
);
