import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { View } from '../wire.ts';
import { Avatar } from './avatar.tsx';
import { Blocks } from './blocks.tsx';
import { userOf, useSession } from './client.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icons.tsx';
import { forgetDraft, useNewSurface } from './surface.ts';

/** The view on top of the stack; those under it wait, as in Slack. */
export function Modal({ view, depth }: { view: View; depth: number }): JSX.Element {
  const { snapshot, act, toast } = useSession();
  const surface = useNewSurface({ view: view.id }, view.blocks, snapshot.viewErrors);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  const errorsKey = Object.keys(snapshot.viewErrors).join(' ');
  useEffect(() => {
    if (errorsKey) document.querySelector<HTMLElement>('.has-error :is(input, textarea, button)')?.focus();
  }, [errorsKey]);
  const close = (all: boolean) => {
    const values = surface.entered;
    forgetDraft(view.id);
    void act({ do: 'close', view: view.id, values, all });
  };
  const submit = async () => {
    if (busy) return;
    setBusy(true);
    setTrouble('');
    const result = await act({ do: 'submit', view: view.id, values: surface.entered });
    setBusy(false);
    if (result.ok) {
      if (result.view === 'closed' || result.view === 'cleared') forgetDraft(view.id);
      return;
    }
    const inline = result.problem === 'errors' || result.problem === 'incomplete';
    if (!inline) setTrouble(result.shown ?? result.message ?? 'That did not work.');
    if (result.message) toast(result.message);
  };
  const title = view.title?.text ?? '';
  return (
    <Dialog label={title} onClose={() => close(false)} focusKey={view.id}>
      <form
        class="modal"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Head title={title} isStacked={depth > 1} onBack={() => close(false)} onClose={() => close(true)} />
        <div class="modal-body" aria-busy={busy}>
          <Blocks key={view.id} blocks={view.blocks} surface={surface} />
        </div>
        {trouble && (
          <div class="modal-trouble" role="alert">
            <Icon name="warning" /> {trouble}
          </div>
        )}
        <footer class="modal-foot">
          <button type="button" class="button" onClick={() => close(false)}>
            {view.close?.text ?? (view.submit ? 'Cancel' : 'Close')}
          </button>
          {view.submit && <SubmitButton text={view.submit.text} busy={busy} />}
        </footer>
      </form>
    </Dialog>
  );
}

interface HeadProps {
  title: string;
  isStacked: boolean;
  onBack: () => void;
  onClose: () => void;
}

function Head({ title, isStacked, onBack, onClose }: HeadProps): JSX.Element {
  const { snapshot } = useSession();
  return (
    <header class="modal-head">
      {isStacked ? (
        <button type="button" class="tool" aria-label="Back" onClick={onBack}>
          <Icon name="back" />
        </button>
      ) : (
        <Avatar user={userOf(snapshot, snapshot.app.botUserId)} size={36} />
      )}
      <h2>{title}</h2>
      <button type="button" class="tool" aria-label="Close" onClick={onClose}>
        <Icon name="close" />
      </button>
    </header>
  );
}

function SubmitButton({ text, busy }: { text: string; busy: boolean }): JSX.Element {
  return (
    <button
      type="submit"
      class={`button button-primary ${busy ? 'is-busy' : ''}`}
      aria-busy={busy}
      disabled={busy}
    >
      {text}
    </button>
  );
}
