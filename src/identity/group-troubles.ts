import { GroupReadFault } from '../ports/group-reader.ts';
import type { Logger } from '../ports/logger.ts';

/** Tells the operator what is wrong with reading groups: each trouble once, until it is over or another. */
export interface GroupTroubles {
  /** Of the whole source where `group` is null. */
  tell(source: string, group: string | null, error: unknown): void;
  /** The source has told of the group. */
  over(source: string, group: string): void;
  /** There are groups of a source that nobody reads. */
  unread(source: string, groups: readonly string[]): void;
  /** Nobody asks for any but these any more. */
  keepOnly(source: string, groups: readonly string[]): void;
}

export function createGroupTroubles(logger: Logger): GroupTroubles {
  const said = new Map<string, string>();
  const isNews = (about: string, what: string): boolean => {
    const news = said.get(about) !== what;
    said.set(about, what);
    return news;
  };
  return {
    tell(source, group, error) {
      const { message, hint } = wordsOf(error);
      if (isNews(aboutOf(source, group), message))
        logger.warn({ source, fault: message, hint }, 'groups are not read; what is known of them ages');
    },
    over(source, group) {
      const was = [aboutOf(source, null), aboutOf(source, group)].filter((about) => said.delete(about));
      if (was.length > 0) logger.info({ source, group }, 'groups are read again');
    },
    unread(source, groups) {
      if (groups.length > 0 && isNews(aboutOf(source, null), 'unread'))
        logger.warn({ source, groups }, 'no source is set up for these groups: nobody is a member');
    },
    keepOnly(source, groups) {
      const kept = new Set([null, ...groups].map((group) => aboutOf(source, group)));
      for (const about of said.keys())
        if (about.startsWith(aboutOf(source, '')) && !kept.has(about)) said.delete(about);
    },
  };
}

const aboutOf = (source: string, group: string | null): string =>
  group === null ? source : `${source} ${group}`;

/** Of what is no fault of a source only the name: the rest may be anything. */
function wordsOf(error: unknown): { readonly message: string; readonly hint: string } {
  if (error instanceof GroupReadFault) return error;
  return { message: error instanceof Error ? error.name : 'an unknown fault', hint: 'Report this.' };
}
