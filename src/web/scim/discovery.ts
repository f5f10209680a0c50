import { LIMITS } from '../../limits.ts';
import type { Answer } from '../answer.ts';
import { listed, refused, scim } from './answer.ts';
import { Refusal } from './refusal.ts';
import { COUNTERSIGN, ENTERPRISE, GROUP, USER } from './schema-names.ts';

const CORE = 'urn:ietf:params:scim:schemas:core:2.0';

/** What a provider may know of us beforehand (RFC 7644, 4); null: this is none of it. */
export function discovered(collection: string, id: string | undefined, base: string): Answer | null {
  if (collection === 'ServiceProviderConfig') return id === undefined ? scim(200, provider(base)) : null;
  const all = LISTS.get(collection)?.(base);
  if (all === undefined) return null;
  if (id === undefined) return listed(all.length, 1, all);
  const one = all.find((each) => each.id === id);
  return one === undefined
    ? refused(new Refusal(404, null, `${collection} has no such thing`))
    : scim(200, one);
}

/** RFC 7643, 5. */
const provider = (base: string): object => ({
  schemas: [`${CORE}:ServiceProviderConfig`],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: LIMITS.httpBodyMaxBytes },
  filter: { supported: true, maxResults: LIMITS.scimPageMax },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: true },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Bearer token',
      description: 'The token in COUNTERSIGN_SCIM_TOKEN',
      primary: true,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
});

interface Described {
  readonly id: string;
}

/** RFC 7643, 6. */
const resourceTypes = (base: string): readonly Described[] =>
  [
    {
      id: 'User',
      schema: USER,
      schemaExtensions: [ENTERPRISE, COUNTERSIGN].map((schema) => ({ schema, required: false })),
    },
    { id: 'Group', schema: GROUP },
  ].map((each) => ({
    schemas: [`${CORE}:ResourceType`],
    name: each.id,
    endpoint: `/${each.id}s`,
    ...each,
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${each.id}` },
  }));

/** RFC 7643, 7: of each schema, what we keep. */
const schemas = (base: string): readonly Described[] =>
  SCHEMAS.map((each) => ({
    schemas: [`${CORE}:Schema`],
    ...each,
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${each.id}` },
  }));

interface Told {
  readonly type?: 'string' | 'boolean' | 'complex' | 'reference';
  readonly required?: boolean;
  readonly caseExact?: boolean;
  readonly uniqueness?: 'none' | 'server';
  readonly multiValued?: boolean;
  readonly subAttributes?: readonly object[];
}

const attribute = (name: string, description: string, told: Told = {}): object => ({
  name,
  type: 'string',
  multiValued: false,
  description,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
  ...told,
});

const value = (description: string): object => attribute('value', description, { caseExact: true });

const externalId = attribute('externalId', "The provider's own id", {
  caseExact: true,
  uniqueness: 'server',
});

const SCHEMAS = [
  {
    id: USER,
    name: 'User',
    description: 'A person',
    attributes: [
      attribute('userName', 'Unique, in any case', { required: true, uniqueness: 'server' }),
      externalId,
      attribute('displayName', 'The name that is shown'),
      attribute('title', 'What rules may ask'),
      attribute('userType', 'What rules may ask'),
      attribute('active', 'Whoever is not active has left', { type: 'boolean' }),
      attribute('emails', 'One of them is kept', {
        type: 'complex',
        multiValued: true,
        subAttributes: [
          value('The address'),
          attribute('type', 'Always work'),
          attribute('primary', 'Always true', { type: 'boolean' }),
        ],
      }),
    ],
  },
  {
    id: ENTERPRISE,
    name: 'EnterpriseUser',
    description: 'A person at work',
    attributes: [
      ...['department', 'division', 'organization', 'costCenter'].map((name) =>
        attribute(name, 'What rules may ask'),
      ),
      attribute('manager', 'Who may consent as the manager', {
        type: 'complex',
        subAttributes: [value('Id of a user')],
      }),
    ],
  },
  {
    id: COUNTERSIGN,
    name: 'CountersignUser',
    description: 'Accounts in chat',
    attributes: [
      attribute('slack', 'Accounts as TEAM/USER, such as T0AB1/U0CD2', {
        multiValued: true,
        caseExact: true,
        uniqueness: 'server',
      }),
    ],
  },
  {
    id: GROUP,
    name: 'Group',
    description: 'A group of users',
    attributes: [
      attribute('displayName', 'Unique, in any case', { required: true, uniqueness: 'server' }),
      externalId,
      attribute('members', 'Users; no groups', {
        type: 'complex',
        multiValued: true,
        subAttributes: [value('Id of a user'), attribute('$ref', 'Where the user is', { type: 'reference' })],
      }),
    ],
  },
];

const LISTS: ReadonlyMap<string, (base: string) => readonly Described[]> = new Map([
  ['Schemas', schemas],
  ['ResourceTypes', resourceTypes],
]);
