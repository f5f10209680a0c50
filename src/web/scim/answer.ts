import type { Answer } from '../answer.ts';
import type { Refusal } from './refusal.ts';

export const MEDIA_TYPE = 'application/scim+json';

const MESSAGES = 'urn:ietf:params:scim:api:messages:2.0';

export function scim(status: number, value: object, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'content-type': `${MEDIA_TYPE}; charset=utf-8`, ...headers },
    body: `${JSON.stringify(value)}\n`,
  };
}

/** RFC 7644, 3.12. */
export function refused({ status, scimType, detail }: Refusal, headers: Record<string, string> = {}): Answer {
  const told = {
    schemas: [`${MESSAGES}:Error`],
    status: String(status),
    ...(scimType !== null && { scimType }),
    detail,
  };
  return scim(status, told, headers);
}

/** RFC 7644, 3.4.2. `startIndex` counts from 1. */
export function listed(all: number, startIndex: number, page: readonly object[]): Answer {
  return scim(200, {
    schemas: [`${MESSAGES}:ListResponse`],
    totalResults: all,
    startIndex,
    itemsPerPage: page.length,
    Resources: page,
  });
}
