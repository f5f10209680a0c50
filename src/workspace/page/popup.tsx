import type { ComponentChildren, JSX, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

interface PopupProps {
  anchor: RefObject<HTMLElement>;
  onClose: () => void;
  class?: string;
  minWidthPx?: number;
  children: ComponentChildren;
}

interface Spot {
  left: number;
  top?: number;
  bottom?: number;
  width: number;
  maxHeight: number;
}

const marginPx = 8;

/** Under its anchor, or above it where there is more room; fixed, so that no scrolling parent cuts it. */
export function Popup({ anchor, onClose, minWidthPx = 200, children, ...rest }: PopupProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [spot, setSpot] = useState<Spot>();
  useLayoutEffect(() => {
    const around = anchor.current?.getBoundingClientRect();
    if (!around) return;
    const width = Math.min(Math.max(around.width, minWidthPx), window.innerWidth - 2 * marginPx);
    const left = Math.max(marginPx, Math.min(around.left, window.innerWidth - width - marginPx));
    const below = window.innerHeight - around.bottom - 2 * marginPx;
    const above = around.top - 2 * marginPx;
    const up = below < 220 && above > below;
    const vertical = up ? { bottom: window.innerHeight - around.top + 4 } : { top: around.bottom + 4 };
    setSpot({ left, width, maxHeight: Math.min(up ? above : below, 340), ...vertical });
  }, [anchor, minWidthPx]);
  useEffect(() => {
    const { current } = box;
    if (!spot || !current || current.contains(document.activeElement)) return;
    const wanted =
      current.querySelector<HTMLElement>('[aria-checked=true]') ??
      current.querySelector<HTMLElement>('[role=menuitem]');
    wanted?.focus();
  }, [spot !== undefined]);
  useEffect(() => {
    const outside = (event: Event) => {
      const target = event.target as Node;
      if (!box.current?.contains(target) && !anchor.current?.contains(target)) onClose();
    };
    document.addEventListener('pointerdown', outside, true);
    document.addEventListener('scroll', outside, true);
    window.addEventListener('resize', onClose);
    return () => {
      document.removeEventListener('pointerdown', outside, true);
      document.removeEventListener('scroll', outside, true);
      window.removeEventListener('resize', onClose);
    };
  }, [anchor, onClose]);
  const px = (value: number | undefined) => (value === undefined ? 'auto' : `${value}px`);
  const style = spot
    ? {
        left: px(spot.left),
        top: px(spot.top),
        bottom: px(spot.bottom),
        width: px(spot.width),
        maxHeight: px(spot.maxHeight),
      }
    : { visibility: 'hidden' };
  return (
    <div ref={box} class={`popup ${rest.class ?? ''}`} style={style}>
      {children}
    </div>
  );
}
