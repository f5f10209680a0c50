import { expect as check, it } from 'vitest';
import { EXIT, explainError } from '../../src/cli/io.ts';
import { DemoFailure, expect, Steps, wrap } from '../../src/practice/steps.ts';

function told() {
  const lines: string[] = [];
  let nowMs = 0;
  const steps = new Steps(
    (line) => void lines.push(line),
    () => nowMs,
  );
  return { lines, steps, pass: (ms: number) => void (nowMs += ms) };
}

it('tells each step with what was seen and how long it took, within 80 columns', async () => {
  const { lines, steps, pass } = told();
  steps.chapter('Asking');
  const seen = await steps.step(
    'The form opens',
    async () => (pass(41), 'x '.repeat(60)),
    (text) => text,
  );
  await steps.step('It ends', async () => pass(2_500));
  check(seen).toHaveLength(120);
  check(lines[0]).toBe('\nAsking');
  check(lines[1]).toMatch(/^ ✓ {2}1 {2}The form opens ·+ {4}41 ms$/);
  check(lines.at(-1)).toMatch(/^ ✓ {2}2 {2}It ends ·+ {4}2\.5 s$/);
  for (const line of lines) check(line.length).toBeLessThanOrEqual(80);
  check(steps.done).toEqual([
    { title: 'The form opens', ms: 41 },
    { title: 'It ends', ms: 2_500 },
  ]);
});

it('stops at a step that fails, names it, and ends with a code that is not zero', async () => {
  const { lines, steps } = told();
  const failing = steps.step('The quorum stands', async () => expect(false, 'the role to be there'));
  const error = await failing.catch((each: unknown) => each);
  check(error).toBeInstanceOf(DemoFailure);
  check(explainError(error)).toEqual({
    text: '\nstep 1 failed: The quorum stands\n  expected the role to be there',
    exit: EXIT.failed,
  });
  check(lines).toHaveLength(1);
  check(lines[0]).toMatch(/^ ✗ {2}1 {2}The quorum stands ·/);
  check(steps.done).toEqual([]);
});

it('wraps words, and gives one that is too long a line of its own', () => {
  check(wrap('a bb ccc', 4)).toEqual(['a bb', 'ccc']);
  check(wrap('a toolongword b', 4)).toEqual(['a', 'toolongword', 'b']);
  check(wrap('  ', 4)).toEqual([]);
});
