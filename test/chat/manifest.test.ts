import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { BOT_SCOPES } from '../../src/chat/slack/index.ts';

const text = readFileSync(new URL('../../manifests/slack/manifest.yaml', import.meta.url), 'utf8');
const overHttp = text
  .replaceAll(/# (\w+: https:\S+) # HTTP/g, '$1')
  .replace('socket_mode_enabled: true', 'socket_mode_enabled: false');

it('asks for what the bot uses, and for no more', () => {
  const manifest = parse(text);
  expect(manifest.oauth_config.scopes).toEqual({ bot: [...BOT_SCOPES] });
  expect(manifest.settings.event_subscriptions.bot_events).toEqual([
    'app_home_opened',
    'user_change',
    'app_uninstalled',
    'tokens_revoked',
  ]);
  expect(manifest.features.slash_commands[0]).toMatchObject({ command: '/elevate', should_escape: true });
  expect(manifest.settings.socket_mode_enabled).toBe(true);
});

it('becomes the one for HTTP by uncommenting the lines marked so', () => {
  const address = 'https://countersign.example.com/slack/events';
  const { features, settings } = parse(overHttp);
  expect(features.slash_commands[0].url).toBe(address);
  expect(settings.interactivity).toEqual({
    is_enabled: true,
    request_url: address,
    message_menu_options_url: address,
  });
  expect(settings.event_subscriptions.request_url).toBe(address);
  expect(settings.socket_mode_enabled).toBe(false);
});
