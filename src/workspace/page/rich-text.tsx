import type { JSX } from 'preact';
import type { Block } from '../wire.ts';
import { withEmoji } from './emoji.ts';
import { InlineMrkdwn, Link } from './mrkdwn-text.tsx';

/** The shape of what stands inside a rich_text block; checked by the server. */
interface Rich {
  type: string;
  elements?: Rich[];
  text?: string;
  url?: string;
  name?: string;
  user_id?: string;
  channel_id?: string;
  usergroup_id?: string;
  range?: string;
  timestamp?: number;
  format?: string;
  fallback?: string;
  style?: { bold?: boolean; italic?: boolean; strike?: boolean; code?: boolean } | 'bullet' | 'ordered';
}

export function RichText({ block }: { block: Block }): JSX.Element {
  return (
    <div class="rich-text">
      {(block.elements as unknown as Rich[] | undefined)?.map((element, index) => (
        <Container key={index} element={element} />
      ))}
    </div>
  );
}

function Container({ element }: { element: Rich }): JSX.Element {
  const children = element.elements ?? [];
  const leaves = children.map((child, index) => <Leaf key={index} leaf={child} />);
  if (element.type === 'rich_text_preformatted') return <pre class="pre">{leaves}</pre>;
  if (element.type === 'rich_text_quote') return <blockquote class="quote">{leaves}</blockquote>;
  if (element.type !== 'rich_text_list') return <p class="paragraph">{leaves}</p>;
  const items = children.map((child, index) => (
    <li key={index}>
      {child.elements?.map((leaf, at) => (
        <Leaf key={at} leaf={leaf} />
      ))}
    </li>
  ));
  return element.style === 'ordered' ? <ol class="list">{items}</ol> : <ul class="list">{items}</ul>;
}

function Leaf({ leaf }: { leaf: Rich }): JSX.Element {
  switch (leaf.type) {
    case 'link':
      return <Link url={leaf.url ?? ''}>{leaf.text ?? leaf.url}</Link>;
    case 'emoji':
      return <>{withEmoji(`:${leaf.name ?? ''}:`)}</>;
    case 'text':
      return <Styled leaf={leaf} />;
    default:
      return <InlineMrkdwn text={asMrkdwn(leaf)} />;
  }
}

function Styled({ leaf }: { leaf: Rich }): JSX.Element {
  const style = typeof leaf.style === 'object' ? leaf.style : {};
  let text: JSX.Element = <>{leaf.text}</>;
  if (style.code) text = <code class="code">{text}</code>;
  if (style.bold) text = <strong>{text}</strong>;
  if (style.italic) text = <em>{text}</em>;
  if (style.strike) text = <s>{text}</s>;
  return text;
}

function asMrkdwn(leaf: Rich): string {
  if (leaf.type === 'user') return `<@${leaf.user_id ?? ''}>`;
  if (leaf.type === 'channel') return `<#${leaf.channel_id ?? ''}>`;
  if (leaf.type === 'usergroup') return `<!subteam^${leaf.usergroup_id ?? ''}>`;
  if (leaf.type === 'broadcast') return `<!${leaf.range ?? ''}>`;
  if (leaf.type === 'date')
    return `<!date^${leaf.timestamp ?? 0}^${leaf.format ?? ''}|${leaf.fallback ?? ''}>`;
  return '';
}
