import type { HomeView as SlackHomeView } from '@slack/types';
import type { HomeView } from '../../ports/view.ts';
import { homeCard } from '../listing.ts';
import { renderBlocks, SLACK } from './render.ts';

/** The App Home tab of one person. */
export function homeView(home: HomeView, now: number): SlackHomeView {
  return { type: 'home', blocks: renderBlocks(homeCard(home, now).blocks).slice(0, SLACK.viewBlocksMax) };
}
