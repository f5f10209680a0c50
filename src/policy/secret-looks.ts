const SECRET_LOOKS: readonly (readonly [RegExp, string])[] = [
  [/:\/\/[^/?#\s]*@/, 'looks like an address with credentials in it'],
  [/[?&;\s](?:password|passwd|pwd|secret|token|api_?key)=/i, 'looks like an address with credentials in it'],
  [/^\s*(?:password|passwd|pwd|secret|token|api_?key)=/i, 'looks like a password'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY/, 'looks like a private key'],
  [/^(?:xox[a-z]-|xapp-|gh[a-z]_|github_pat_|glpat-|sk-|AKIA|eyJ)[\w.-]{8,}/, 'looks like a token'],
];

/** What kind of secret a text seems to be, in words that do not repeat it; null when it seems none. */
export function secretLook(text: string): string | null {
  return SECRET_LOOKS.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}
