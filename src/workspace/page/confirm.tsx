import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ConfirmDialog } from '../wire.ts';
import { Dialog } from './dialog.tsx';
import { Text } from './mrkdwn-text.tsx';

/** Asks first where the element has a confirm dialog: `ask(run)` runs at once where it has none. */
export function useConfirm(confirm: ConfirmDialog | undefined): {
  ask: (run: () => void) => void;
  dialog: JSX.Element | null;
} {
  const [pending, setPending] = useState<{ run: () => void }>();
  if (!confirm) return { ask: (run) => run(), dialog: null };
  const close = () => setPending(undefined);
  const dialog = pending ? (
    <Dialog label={confirm.title?.text ?? 'Are you sure?'} class="dialog-small" onClose={close}>
      <header class="modal-head">
        <h2>{confirm.title?.text ?? 'Are you sure?'}</h2>
      </header>
      <div class="modal-body">
        <Text text={confirm.text} />
      </div>
      <footer class="modal-foot">
        <button type="button" class="button" onClick={close}>
          {confirm.deny?.text ?? 'Cancel'}
        </button>
        <button
          type="button"
          data-autofocus
          class={`button ${confirm.style === 'danger' ? 'button-danger-solid' : 'button-primary'}`}
          onClick={() => {
            close();
            pending.run();
          }}
        >
          {confirm.confirm?.text ?? 'Yes'}
        </button>
      </footer>
    </Dialog>
  ) : null;
  return { ask: (run) => setPending({ run }), dialog };
}
