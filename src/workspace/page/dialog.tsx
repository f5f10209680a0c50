import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface DialogProps {
  label: string;
  class?: string;
  onClose: () => void;
  /** Changes when the content becomes another one, so that focus starts over. */
  focusKey?: string;
  children: ComponentChildren;
}

/** A modal on the native element: the browser traps focus, keeps the rest inert, and gives focus back. */
export function Dialog({ label, onClose, focusKey, children, ...rest }: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const returnTo = document.activeElement;
    const element = dialog.current;
    element?.showModal();
    return () => {
      // While it is open, everything under it is inert and takes no focus.
      element?.close();
      if (returnTo instanceof HTMLElement && returnTo.isConnected) returnTo.focus();
    };
  }, []);
  useEffect(() => {
    const wanted = dialog.current?.querySelector<HTMLElement>('[data-autofocus]');
    const field = dialog.current?.querySelector<HTMLElement>(
      '.modal-body :is(input, textarea, button.select-button)',
    );
    (wanted ?? field ?? dialog.current)?.focus();
  }, [focusKey]);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${rest.class ?? ''}`}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      {children}
    </dialog>
  );
}
