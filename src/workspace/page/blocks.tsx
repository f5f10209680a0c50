import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import type { Block, BlockElement, TextObject } from '../wire.ts';
import { Element, ImageTile } from './elements.tsx';
import { withEmoji } from './emoji.ts';
import { Icon } from './icons.tsx';
import { Markdown } from './markdown.tsx';
import { Text } from './mrkdwn-text.tsx';
import { RichText } from './rich-text.tsx';
import { type Surface, SurfaceProvider } from './surface.ts';

export function Blocks({ blocks, surface }: { blocks: readonly Block[]; surface: Surface }): JSX.Element {
  return (
    <SurfaceProvider value={surface}>
      <div class="blocks">
        {blocks.map((block, index) => (
          <BlockView
            key={block.block_id ?? index}
            block={block}
            error={surface.errors[block.block_id ?? '']}
          />
        ))}
      </div>
    </SurfaceProvider>
  );
}

function BlockView({ block, error }: { block: Block; error: string | undefined }): JSX.Element | null {
  switch (block.type) {
    case 'section':
      return <Section block={block} />;
    case 'header':
      return <h3 class="block-header">{withEmoji(block.text?.text ?? '')}</h3>;
    case 'divider':
      return <hr class="block-divider" />;
    case 'context':
      return <Context block={block} />;
    case 'actions':
      return (
        <div class="block-actions">
          {block.elements?.map((element) => (
            <Element key={element.action_id} block={block} element={element} label={nameOf(element)} />
          ))}
        </div>
      );
    case 'input':
      return <Input block={block} error={error} />;
    case 'image':
      return (
        <figure class="block-image">
          {block.title && <figcaption>{block.title.text}</figcaption>}
          <ImageTile alt={block.alt_text ?? ''} />
        </figure>
      );
    case 'rich_text':
      return <RichText block={block} />;
    case 'markdown':
      return <Markdown text={typeof block.text === 'string' ? block.text : ''} />;
    default:
      return null;
  }
}

function nameOf(element: BlockElement): string {
  return element.placeholder?.text ?? element.text?.text ?? element.action_id ?? element.type;
}

function Section({ block }: { block: Block }): JSX.Element {
  return (
    <div class="block-section">
      <div class="block-section-text">
        {block.text && <Text text={block.text} />}
        {block.fields && (
          <div class="block-fields">
            {block.fields.map((field, index) => (
              <div key={index}>
                <Text text={field} />
              </div>
            ))}
          </div>
        )}
      </div>
      {block.accessory && (
        <div class="block-accessory">
          <Element block={block} element={block.accessory} label={nameOf(block.accessory)} />
        </div>
      )}
    </div>
  );
}

function Context({ block }: { block: Block }): JSX.Element {
  return (
    <div class="block-context">
      {block.elements?.map((element, index) => (
        <span key={index}>
          {element.type === 'image' ? (
            <ImageTile alt={element.alt_text ?? ''} small />
          ) : (
            <Text text={element as unknown as TextObject} />
          )}
        </span>
      ))}
    </div>
  );
}

function Input({ block, error }: { block: Block; error: string | undefined }): JSX.Element | null {
  const id = useId();
  if (!block.element) return null;
  const label = block.label?.text ?? '';
  return (
    <div class={`block-input ${error ? 'has-error' : ''}`}>
      <div class="input-label" aria-hidden="true">
        {withEmoji(label)}
        {block.optional && <span class="input-optional"> (optional)</span>}
      </div>
      <Element block={block} element={block.element} label={label} describedBy={id} />
      <div id={id}>
        {error && (
          <div class="input-error" role="alert">
            <Icon name="warning" size={14} />
            <span>{error}</span>
          </div>
        )}
        {block.hint && <div class="input-hint">{withEmoji(block.hint.text)}</div>}
      </div>
    </div>
  );
}
