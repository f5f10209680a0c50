import type { JSX } from 'preact';
import { Mrkdwn } from './mrkdwn-text.tsx';

/** The `markdown` block: standard Markdown, brought to mrkdwn; headings are drawn here, tables stay as text. */
export function Markdown({ text }: { text: string }): JSX.Element {
  const parts = text.split(/^(#{1,6} .*)$/m).filter((part) => part.trim() !== '');
  return (
    <div class="rich-text">
      {parts.map((part, index) => {
        const heading = /^#{1,6} (.*)$/.exec(part);
        if (heading) return <h4 key={index}>{heading[1]}</h4>;
        return <Mrkdwn key={index} text={toMrkdwn(part.trim())} />;
      })}
    </div>
  );
}

function toMrkdwn(markdown: string): string {
  return markdown
    .replace(/(?<!\*)\*([^*\n]+)\*(?!\*)/g, '_$1_')
    .replace(/\*\*([^*\n]+)\*\*/g, '*$1*')
    .replace(/~~([^~\n]+)~~/g, '~$1~')
    .replace(/^\s*[*+] /gm, '• ')
    .replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, '<$2|$1>');
}
