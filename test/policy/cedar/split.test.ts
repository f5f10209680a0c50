import { describe, expect, it } from 'vitest';
import { splitPolicies } from '../../../src/policy/cedar/split.ts';
import { LIMITS } from '../../../src/limits.ts';

const texts = (file: string) => splitPolicies(file).map(({ text }) => text);

describe('a file of policies', () => {
  it('is cut at semicolons, and at none in a text or a comment', () => {
    expect(texts('a "b;\\";" // c;\nd; e;')).toEqual(['a "b;\\";" // c;\nd;', 'e;']);
  });

  it('keeps together what follows a text that does not end', () => {
    expect(texts('a; b "c; d;')).toEqual(['a;', 'b "c; d;']);
    expect(texts('a "b\\')).toEqual(['a "b\\']);
  });

  it('is read once, however many quotes are escaped in a text that does not end', () => {
    const file = `"${'\\"'.repeat(LIMITS.policyFileMaxBytes / 2 - 1)}`;
    const begun = performance.now();
    expect(texts(file)).toEqual([file]);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});
