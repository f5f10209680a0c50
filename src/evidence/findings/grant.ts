import { formatDuration } from '../../domain/duration.ts';
import type { RecordedEvent } from '../../domain/events.ts';
import { provesAbsence } from '../../domain/revoking.ts';
import { only } from '../source.ts';
import { before, type Case, count, type Finding, indexOf, marks, rule } from './finding.ts';

/** The order of the log shows it: name and end stood there before the target was told of either. */
export const expiryFirst = rule(
  'expiry-before-credential',
  'The end of access was on record before the credential existed',
  ({ own }) => {
    const issued = only(own, 'CredentialIssued');
    const pairs = issued.flatMap((made) => {
      const intent = intentOf(made, own);
      return intent === undefined ? [] : [{ made: indexOf(made), intent: indexOf(intent) }];
    });
    const bare = issued.filter((made) => intentOf(made, own) === undefined).map(indexOf);
    const events = [...bare, ...pairs.flatMap(({ made, intent }) => [made, intent])];
    if (issued.length === 0) return { verdict: 'does-not-apply', why: 'no credential was issued', events };
    if (bare.length > 0)
      return { verdict: 'does-not-hold', why: `${marks(bare)}: no such end was on record before`, events };
    const why = pairs.map(
      ({ made, intent }) => `#${intent} names it and its end, #${made} says that it exists`,
    );
    return { verdict: 'holds', why: why.join('; '), events };
  },
);

type Issued = Extract<RecordedEvent, { readonly type: 'CredentialIssued' }>;

const intentOf = (made: Issued, own: readonly RecordedEvent[]) =>
  only(before(own, made), 'ProvisioningStarted').findLast(
    ({ data }) => data.generation === made.data.generation && data.expiresAt === made.data.expiresAt,
  );

export const shownOnce = rule(
  'secret-to-requester-alone',
  'The secret was shown to the requester alone, at most once',
  ({ own }) => {
    const issued = only(own, 'CredentialIssued');
    const reveals = only(own, 'SecretRevealed');
    const requester = only(own, 'RequestSubmitted')[0]?.data.requester;
    const strange = reveals.filter(({ data }) => data.by !== requester).map(indexOf);
    const again = reveals
      .filter((r, i) => reveals.findIndex(({ data }) => data.generation === r.data.generation) < i)
      .map(indexOf);
    const events = [...reveals, ...only(own, 'SecretShredded')].map(indexOf);
    if (issued.length === 0) return { verdict: 'does-not-apply', why: 'there was no secret', events };
    if (strange.length > 0)
      return { verdict: 'does-not-hold', why: `${marks(strange)} showed it to someone else`, events };
    if (again.length > 0) return { verdict: 'does-not-hold', why: `${marks(again)} showed it again`, events };
    const why = reveals.length === 0 ? 'nobody has seen it' : `seen in ${marks(reveals.map(indexOf))}`;
    return { verdict: 'holds', why, events };
  },
);

/** `RevocationVerified` after the end, with a look that proves absence; and nothing of it was found later. */
export const provenGone = rule('removal-proven', 'The credential was proven gone after its end', (about) => {
  const { own } = about;
  const [started] = only(own, 'ProvisioningStarted');
  const verified = only(own, 'RevocationVerified').at(-1);
  const found = verified === undefined ? [] : foundAfter(about, verified);
  const events = [...(started ? [started] : []), ...only(own, ...REMOVING), ...found].map(indexOf);
  if (started === undefined)
    return { verdict: 'does-not-apply', why: 'nothing was ever made on the target', events };
  return { ...(verified === undefined ? unproven(about) : proven(own, verified, found)), events };
});

type Verified = Extract<RecordedEvent, { readonly type: 'RevocationVerified' }>;

/** Sweeps that saw a credential of this request on the target when it had been proven gone. */
function foundAfter({ own, journal }: Case, verified: Verified) {
  const names = only(own, 'ProvisioningStarted').map(({ data }) => data.handle.name);
  return only(journal, 'DriftFound').filter(
    (drift) =>
      indexOf(drift) > indexOf(verified) &&
      [...drift.data.late, ...drift.data.unknown].some((name) => names.includes(name)),
  );
}

const REMOVING = [
  'RevocationStarted',
  'CredentialRemoved',
  'RevocationFailed',
  'RevocationVerified',
] as const;

type Judged = Pick<Finding, 'verdict' | 'why' | 'lagMs'>;

/** When access was to end: when someone ended it, and at the latest its last end on record. */
export function endOf(own: readonly RecordedEvent[]): number | null {
  const window = only(own, 'ProvisioningStarted', 'GrantExtended').at(-1);
  if (window === undefined) return null;
  return Math.min(
    window.data.expiresAt,
    only(own, 'RevocationStarted').at(-1)?.meta.at ?? Number.POSITIVE_INFINITY,
  );
}

function unproven({ own, at }: Case): Judged {
  const end = endOf(own) ?? at;
  const failures = only(own, 'RevocationFailed');
  if (at < end) return { verdict: 'not-yet', why: 'access has not ended yet' };
  const tries = failures.at(-1)?.data.attempt ?? 0;
  const tried = tries === 0 ? '' : `, after ${count(tries, 'try', 'tries')}`;
  const lagMs = at - end;
  return {
    verdict: 'does-not-hold',
    why: `${formatDuration(lagMs)} after its end there is no proof yet${tried}`,
    lagMs,
  };
}

function proven(
  own: readonly RecordedEvent[],
  verified: Verified,
  found: readonly { readonly meta: { readonly index: number } }[],
): Judged {
  const { proof } = verified.data;
  const earlier = before(own, verified);
  const end = endOf(earlier);
  const no = (why: string): Judged => ({ verdict: 'does-not-hold', why });
  if (!provesAbsence(proof)) return no(`what #${indexOf(verified)} saw does not prove that it is gone`);
  if (only(earlier, 'CredentialRemoved').length === 0)
    return no(`#${indexOf(verified)} comes without a removal before it`);
  if (end === null || proof.at < end) return no(`the look of #${indexOf(verified)} was taken before the end`);
  if (found.length > 0) return no(`it was found on the target again: ${marks(found.map(indexOf))}`);
  const lagMs = proof.at - end;
  const login = proof.loginRefused === 'yes' ? 'a fresh login was refused' : 'a login cannot be tried there';
  return {
    verdict: 'holds',
    why: `it is absent, ${login}, no session is left, ${lagMs} ms after its end`,
    lagMs,
  };
}
