#!/usr/bin/env node
import { runVerifier } from './verifier/program.ts';

process.exitCode = runVerifier(process.argv.slice(2));
