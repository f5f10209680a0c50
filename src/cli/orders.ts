import { type Order, type OrderAnswer, sendOrder } from '../admin.ts';
import { databaseFile } from '../base.ts';
import type { Config } from '../config.ts';
import { loadKeys } from '../keys.ts';
import { createLogger } from '../logger.ts';
import { refuseMissing } from '../store/sqlite/database.ts';
import { systemClock } from '../system.ts';
import { CliError } from './io.ts';
import { openMaintenance } from './maintenance.ts';
import { runningBot } from './running.ts';

/** Gives an order to the running bot. Null when none runs. */
export async function orderBot(config: Config, wanted: Order): Promise<OrderAnswer | null> {
  refuseMissing(databaseFile(config));
  const url = await runningBot(config.dataFolder);
  const keys = loadKeys(config.keysFolder, { create: false });
  return url === null ? null : sendOrder(url, keys, wanted, systemClock.now());
}

/** Has an order carried out: by the running bot or, where none runs, here. */
export async function giveOrder(config: Config, wanted: Order): Promise<OrderAnswer> {
  const sent = await orderBot(config, wanted);
  if (sent !== null) return sent;
  await using maintenance = await openMaintenance(config, createLogger({ level: 'warn', format: 'pretty' }));
  return await maintenance.carryOut(wanted);
}

/** A refusal that came with its words, as the operator reads it. */
export const refusalOf = ({ code, said }: OrderAnswer & { kind: 'refused' }): CliError =>
  new CliError('failed', said === null ? code : `${said.text}\n${said.remedy}`);
