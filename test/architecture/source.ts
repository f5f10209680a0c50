/** A source text twice, character for character in the same places: without comments, and without any text at all. */
export interface Source {
  /** Comments and regular expressions blanked. */
  readonly code: string;
  /** Likewise, and the insides of strings and templates too; their quotes stay. */
  readonly bare: string;
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** Every module a source names, for types or values, statically or not. A computed one is told as `*`. */
export function importsOf({ code, bare }: Source): readonly Import[] {
  const places = /\bfrom\s*(?=["'])|\bimport\s*(?=["'])|\b(?:import|require)\s*\(\s*/g;
  return [...bare.matchAll(places)].map((match) => {
    const at = match.index + match[0].length;
    const quote = bare[at] ?? '';
    const literal = quote === '"' || quote === "'";
    return {
      specifier: literal ? code.slice(at + 1, code.indexOf(quote, at + 1)) : '*',
      line: lineAt(bare, at),
    };
  });
}

export const lineAt = (text: string, at: number): number => text.slice(0, at).split('\n').length;

/** What comments, strings, templates and regular expressions are, and nothing more of the language. */
export function read(text: string): Source {
  const scanner = new Scanner(text);
  scanner.code();
  return { code: scanner.kept(false), bare: scanner.kept(true) };
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly string: boolean;
}

class Scanner {
  readonly #text: string;
  readonly #spans: Span[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  kept(withoutStrings: boolean): string {
    let out = '';
    let done = 0;
    for (const { from, to } of this.#spans.filter((span) => withoutStrings || !span.string)) {
      out += this.#text.slice(done, from) + this.#text.slice(from, to).replace(/[^\n]/g, ' ');
      done = to;
    }
    return out + this.#text.slice(done);
  }

  /** Reads code up to the end, or to the brace that closes a template's `${`. */
  code(): void {
    let depth = 0;
    while (this.#at < this.#text.length) {
      const [here, next] = [this.#text[this.#at], this.#text[this.#at + 1]];
      if (here === '/' && next === '/') this.#comment(/\n|$/g, 0);
      else if (here === '/' && next === '*') this.#comment(/\*\/|$/g, 2);
      else if (here === '/' && this.#regexMayStart()) this.#regex();
      else if (here === '"' || here === "'") this.#quoted(here);
      else if (here === '`') this.#template();
      else if (here === '}' && depth === 0) return;
      else {
        if (here === '{') depth += 1;
        if (here === '}') depth -= 1;
        this.#at += 1;
      }
    }
  }

  #comment(end: RegExp, endLength: number): void {
    const from = this.#at;
    end.lastIndex = from + 2;
    const found = end.exec(this.#text);
    this.#at = (found?.index ?? this.#text.length) + endLength;
    this.#spans.push({ from, to: Math.min(this.#at, this.#text.length), string: false });
  }

  /** A string ends at its line at the latest: an apostrophe in the text of a page opens nothing. */
  #quoted(quote: string): void {
    const from = this.#at + 1;
    this.#at = from;
    while (this.#at < this.#text.length && this.#text[this.#at] !== quote && this.#text[this.#at] !== '\n') {
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    }
    this.#spans.push({ from, to: this.#at, string: true });
    this.#at += 1;
  }

  #template(): void {
    this.#at += 1;
    let from = this.#at;
    while (this.#at < this.#text.length && this.#text[this.#at] !== '`') {
      if (this.#text.startsWith('${', this.#at)) {
        this.#spans.push({ from, to: this.#at, string: true });
        this.#at += 2;
        this.code();
        from = this.#at;
      } else this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    }
    this.#spans.push({ from, to: Math.min(this.#at, this.#text.length), string: true });
    this.#at += 1;
  }

  #regexMayStart(): boolean {
    const before = this.#text.slice(Math.max(0, this.#at - 40), this.#at).trimEnd();
    return before === '' || /[(,=:[!&|?;{+]$|=>$|\b(?:return|case|typeof|in|of)$/.test(before);
  }

  #regex(): void {
    const body = /\/(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\n\\[])+\//y;
    body.lastIndex = this.#at;
    const found = body.exec(this.#text);
    if (found === null) {
      this.#at += 1;
      return;
    }
    this.#spans.push({ from: this.#at, to: this.#at + found[0].length, string: false });
    this.#at += found[0].length;
  }
}
