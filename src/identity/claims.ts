/** Who says of what that it is theirs. What two claim is nobody's, and what nobody claims too. */
export class Claims<T> {
  readonly #keyOf: (thing: T) => string;
  readonly #claims = new Map<string, { readonly thing: T; readonly people: string[] }>();

  constructor(keyOf: (thing: T) => string) {
    this.#keyOf = keyOf;
  }

  claim(thing: T, person: string): void {
    const key = this.#keyOf(thing);
    const claim = this.#claims.get(key);
    if (claim === undefined) this.#claims.set(key, { thing, people: [person] });
    else if (!claim.people.includes(person)) claim.people.push(person);
  }

  ownerOf(thing: T): string | null {
    const people = this.#claims.get(this.#keyOf(thing))?.people ?? [];
    return people.length === 1 ? (people[0] ?? null) : null;
  }

  disputed(): readonly { readonly thing: T; readonly people: readonly string[] }[] {
    return [...this.#claims.values()].filter(({ people }) => people.length > 1);
  }
}
