import { type UserSnapshot, useSession } from './client.ts';

const hues = 8;

/** Initials on a colour of one's own; an app has a mark of its own. */
export function Avatar({ user, size = 36 }: { user: UserSnapshot; size?: 20 | 24 | 36 | 48 }) {
  const { snapshot } = useSession();
  const isApp = user.id === snapshot.app.botUserId;
  const order = snapshot.users.findIndex((one) => one.id === user.id);
  const hue = Math.max(0, order) % hues;
  const names = user.realName.split(/\s+/).filter((name) => name !== '');
  const initials = (
    (names[0]?.[0] ?? '?') + (names.length > 1 ? (names.at(-1)?.[0] ?? '') : '')
  ).toUpperCase();
  return (
    <span class={`avatar avatar-${size} ${isApp ? 'avatar-app' : `hue-${hue}`}`} aria-hidden="true">
      {isApp ? <AppMark /> : initials}
    </span>
  );
}

function AppMark() {
  return (
    <svg viewBox="0 0 24 24" width="62%" height="62%" fill="none" aria-hidden="true">
      <path
        d="M4.500 12.500l4 4L16 8M10.500 15l1.500 1.500L20 8"
        stroke="currentColor"
        stroke-width="2.400"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
