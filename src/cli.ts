#!/usr/bin/env node
import './v8-flags.ts';
import { runCli } from './cli/program.ts';

process.exitCode = await runCli(process.argv.slice(2));
