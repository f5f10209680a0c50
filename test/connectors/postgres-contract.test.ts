import { connectorContract } from '../contracts/connector.ts';
import { embeddedHarness } from './postgres-harness.ts';

connectorContract('postgres-role', embeddedHarness);
