export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
/** Ours: which accounts in chat are this user's. */
export const COUNTERSIGN = 'urn:ietf:params:scim:schemas:extension:countersign:2.0:User';

const ALL = [USER, GROUP, ENTERPRISE, COUNTERSIGN];
const CORE = [USER, GROUP].map((each) => each.toLowerCase());

/** Whether `name` is a whole schema: its value holds attributes then. */
export const isSchema = (name: string): boolean =>
  ALL.some((each) => each.toLowerCase() === name.toLowerCase());

/**
 * How our tables call an attribute: in lower case, with the schema before it where that is an extension (RFC 7643, 2.1
 * and RFC 7644, 3.10).
 */
export function attributeKey(name: string): string {
  const key = name.toLowerCase();
  const core = CORE.find((each) => key.startsWith(`${each}:`));
  return core === undefined ? key : key.slice(core.length + 1);
}
