import { describe, expect, it } from 'vitest';
import type { ExceptionRecord } from '../../src/ports/identity.ts';
import type { Subject } from './store.ts';
import { now, subjectOf } from './store-samples.ts';

const record = (name: string, more: Partial<ExceptionRecord> = {}): ExceptionRecord => ({
  name,
  subject: subjectOf(1),
  overrides: 'freeze',
  entitlement: 'orders-db:write',
  expiresAt: now + 10,
  ...more,
});

export function exceptionRegistryContract(subject: Subject): void {
  describe('an exception', () => {
    const names = async (at: number, whose = subjectOf(1)) =>
      (await subject.store.exceptions.inForce(whose, at)).map(({ name }) => name);

    it('is in force for its person until it expires, and not at that moment', async () => {
      const { exceptions } = subject.store;
      await exceptions.put(record('jit_a'));
      await exceptions.put(record('jit_any', { entitlement: null, expiresAt: now + 20 }));
      await exceptions.put(record('jit_other', { subject: subjectOf(2) }));
      expect(await exceptions.inForce(subjectOf(1), now)).toEqual([
        record('jit_a'),
        record('jit_any', { entitlement: null, expiresAt: now + 20 }),
      ]);
      expect(await names(now + 9)).toEqual(['jit_a', 'jit_any']);
      expect(await names(now + 10)).toEqual(['jit_any']);
      expect(await names(now + 20)).toEqual([]);
      expect(await names(now, subjectOf(3))).toEqual([]);
    });

    it('is not in force once it has ended, which it does once', async () => {
      const { exceptions } = subject.store;
      await exceptions.put(record('jit_a'));
      expect(await exceptions.get('jit_a')).toEqual({ ...record('jit_a'), endedAt: null });
      expect(await exceptions.end('jit_a', now + 1)).toBe('revoked');
      expect(await exceptions.end('jit_a', now + 2)).toBe('absent');
      expect(await exceptions.get('jit_a')).toEqual({ ...record('jit_a'), endedAt: now + 1 });
      expect(await names(now + 1)).toEqual([]);
      expect(await exceptions.get('jit_b')).toBeNull();
    });

    it('is put again to move its expiry, and nothing else of it', async () => {
      const { exceptions } = subject.store;
      await exceptions.put(record('jit_a'));
      await exceptions.put(record('jit_a', { expiresAt: now + 50, overrides: 'all', subject: subjectOf(2) }));
      expect(await exceptions.get('jit_a')).toEqual({
        ...record('jit_a', { expiresAt: now + 50 }),
        endedAt: null,
      });
      expect(await names(now + 49)).toEqual(['jit_a']);
    });

    it('is not brought back to life by a put that comes after its end', async () => {
      const { exceptions } = subject.store;
      await exceptions.put(record('jit_a'));
      await exceptions.end('jit_a', now);
      await exceptions.put(record('jit_a', { expiresAt: now + 50 }));
      expect(await names(now)).toEqual([]);
      expect(await exceptions.get('jit_a')).toMatchObject({ endedAt: now });
    });

    it('is remembered as ended when it was never put', async () => {
      const { exceptions } = subject.store;
      expect(await exceptions.end('jit_late', now)).toBe('absent');
      await exceptions.put(record('jit_late'));
      expect(await names(now)).toEqual([]);
      expect(await exceptions.open()).toEqual([]);
      expect(await exceptions.get('jit_late')).toMatchObject({ endedAt: now });
      expect(await exceptions.end('jit_late', now + 1)).toBe('absent');
    });

    it('is open until it is ended, expired or not, and is so after a restart', async () => {
      const { exceptions } = subject.store;
      await exceptions.put(record('jit_b'));
      await exceptions.put(record('jit_a', { expiresAt: 0 }));
      await exceptions.put(record('jit_c'));
      await exceptions.end('jit_c', now);
      const open = [record('jit_a', { expiresAt: 0 }), record('jit_b')];
      expect(await exceptions.open()).toEqual(open);
      expect(await (await subject.reopen()).exceptions.open()).toEqual(open);
    });
  });
}
