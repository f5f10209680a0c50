import { describe, expect, it } from 'vitest';
import type { Subject } from './store.ts';
import { now } from './store-samples.ts';

export function groupShelfContract(subject: Subject): void {
  describe('what a source last said of a group', () => {
    it('is nothing before it has said anything', async () => {
      expect(await subject.store.groups.snapshot('ldap', 'cn=dba')).toBeNull();
    });

    it('is kept by source and name, the last word alone, across restarts', async () => {
      const { groups } = subject.store;
      await groups.keep('ldap', 'S1', { members: ['cn=ana', 'cn=bo'], asOf: now });
      await groups.keep('slack', 'S1', { members: ['T1/U1'], asOf: now });
      await groups.keep('ldap', 'S1', { members: ['cn=bo'], asOf: now + 1 });
      expect(await groups.snapshot('ldap', 'S1')).toEqual({ members: ['cn=bo'], asOf: now + 1 });
      const again = (await subject.reopen()).groups;
      expect(await again.snapshot('ldap', 'S1')).toEqual({ members: ['cn=bo'], asOf: now + 1 });
      expect(await again.snapshot('slack', 'S1')).toEqual({ members: ['T1/U1'], asOf: now });
      expect(await again.snapshot('scim', 'S1')).toBeNull();
    });

    it('is the last word also when the clock was put back between the two', async () => {
      const { groups } = subject.store;
      await groups.keep('ldap', 'cn=dba', { members: ['cn=ana'], asOf: now + 9 });
      await groups.keep('ldap', 'cn=dba', { members: [], asOf: now });
      expect(await groups.snapshot('ldap', 'cn=dba')).toEqual({ members: [], asOf: now });
    });

    it('tells a group without members from one that is not there', async () => {
      const { groups } = subject.store;
      await groups.keep('ldap', 'cn=empty', { members: [], asOf: now });
      await groups.keep('ldap', 'cn=gone', { members: null, asOf: now });
      expect(await groups.snapshot('ldap', 'cn=empty')).toEqual({ members: [], asOf: now });
      expect(await groups.snapshot('ldap', 'cn=gone')).toEqual({ members: null, asOf: now });
    });
  });
}
