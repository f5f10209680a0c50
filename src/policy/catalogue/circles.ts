/** Ways that lead back to where they began, each once: `['a', 'b', 'a']`, from the first of its keys that comes up. */
export function circlesIn(
  keys: Iterable<string>,
  next: (key: string) => readonly string[],
): readonly (readonly string[])[] {
  const found: string[][] = [];
  const done = new Set<string>();
  for (const start of keys) {
    const way: { readonly key: string; readonly left: string[] }[] = [];
    const enter = (key: string) => way.push({ key, left: [...next(key)] });
    if (!done.has(start)) enter(start);
    for (let last = way.at(-1); last !== undefined; last = way.at(-1)) {
      const key = last.left.shift();
      if (key === undefined) {
        done.add(last.key);
        way.pop();
        continue;
      }
      const before = way.findIndex((step) => step.key === key);
      if (before !== -1) found.push([...way.slice(before).map((step) => step.key), key]);
      else if (!done.has(key)) enter(key);
    }
  }
  return found;
}
