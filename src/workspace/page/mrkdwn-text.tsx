import type { JSX } from 'preact';
import { formatDate, type Inline, type Paragraph, parseInline, parseMrkdwn } from '../mrkdwn.ts';
import type { TextObject } from '../wire.ts';
import { userOf, useSession } from './client.ts';
import { withEmoji } from './emoji.ts';

export function Text({ text }: { text: TextObject }): JSX.Element {
  if (text.type === 'plain_text') return <>{withEmoji(text.text)}</>;
  return <Mrkdwn text={text.text} />;
}

export function Mrkdwn({ text }: { text: string }): JSX.Element {
  return (
    <>
      {parseMrkdwn(text).map((paragraph, index) => (
        <ParagraphView key={index} paragraph={paragraph} />
      ))}
    </>
  );
}

/** Inside a line: no paragraphs, lists or quotes. */
export function InlineMrkdwn({ text }: { text: string }): JSX.Element {
  return <Inlines inlines={parseInline(text)} />;
}

function ParagraphView({ paragraph }: { paragraph: Paragraph }): JSX.Element {
  switch (paragraph.kind) {
    case 'preformatted':
      return <pre class="pre">{paragraph.text}</pre>;
    case 'list':
      return (
        <ul class="list">
          {paragraph.items.map((item, index) => (
            <li key={index}>
              <Inlines inlines={item} />
            </li>
          ))}
        </ul>
      );
    case 'quote':
      return (
        <blockquote class="quote">
          <Lines lines={paragraph.lines} />
        </blockquote>
      );
    case 'paragraph':
      return (
        <p class="paragraph">
          <Lines lines={paragraph.lines} />
        </p>
      );
  }
}

function Lines({ lines }: { lines: Inline[][] }): JSX.Element {
  return (
    <>
      {lines.map((line, index) => (
        <span key={index}>
          {index > 0 && <br />}
          <Inlines inlines={line} />
        </span>
      ))}
    </>
  );
}

function Inlines({ inlines }: { inlines: Inline[] }): JSX.Element {
  return (
    <>
      {inlines.map((inline, index) => (
        <InlineView key={index} inline={inline} />
      ))}
    </>
  );
}

function InlineView({ inline }: { inline: Inline }): JSX.Element {
  switch (inline.kind) {
    case 'text':
      return <>{withEmoji(inline.text)}</>;
    case 'bold':
      return (
        <strong>
          <Inlines inlines={inline.children} />
        </strong>
      );
    case 'italic':
      return (
        <em>
          <Inlines inlines={inline.children} />
        </em>
      );
    case 'strike':
      return (
        <s>
          <Inlines inlines={inline.children} />
        </s>
      );
    case 'code':
      return <code class="code">{inline.text}</code>;
    case 'link':
      return <Link url={inline.url}>{withEmoji(inline.label)}</Link>;
    case 'user':
    case 'channel':
    case 'usergroup':
    case 'broadcast':
    case 'date':
      return <Reference inline={inline} />;
  }
}

export function Link({ url, children }: { url: string; children: preact.ComponentChildren }): JSX.Element {
  return (
    <a class="link" href={url} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}

type ReferenceInline = Extract<Inline, { kind: 'user' | 'channel' | 'usergroup' | 'broadcast' | 'date' }>;

/** Names and times are looked up as the reader sees them, never taken from the text. */
function Reference({ inline }: { inline: ReferenceInline }): JSX.Element {
  const { snapshot, me, go, nowMs } = useSession();
  switch (inline.kind) {
    case 'user': {
      const isMe = inline.id === me.id;
      return (
        <span class={`mention ${isMe ? 'mention-me' : ''}`}>@{userOf(snapshot, inline.id).realName}</span>
      );
    }
    case 'channel': {
      const channel = snapshot.conversations.find((one) => one.id === inline.id);
      if (!channel) return <span class="mention">#{inline.label || 'private-channel'}</span>;
      const open = () => go({ kind: 'conversation', id: channel.id });
      return (
        <button type="button" class="mention mention-link" onClick={open}>
          #{channel.name}
        </button>
      );
    }
    case 'usergroup':
      return (
        <span class="mention">
          @{snapshot.usergroups.find((one) => one.id === inline.id)?.handle ?? inline.label}
        </span>
      );
    case 'broadcast':
      return <span class="mention mention-me">@{inline.range}</span>;
    case 'date': {
      const text = formatDate(inline.epochS, inline.format, me.tz, nowMs);
      const time = (
        <time dateTime={new Date(inline.epochS * 1000).toISOString()} title={inline.fallback}>
          {text}
        </time>
      );
      return inline.url ? <Link url={inline.url}>{time}</Link> : time;
    }
  }
}
