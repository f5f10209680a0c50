import type { WorkspaceState } from './state.ts';
import type { JsonObject } from './wire.ts';

/** One call of the Web API as the workspace saw it; tokens are left out. */
export interface Call {
  method: string;
  args: JsonObject;
  atMs: number;
  /** HTTP status; 0 when the connection was cut. */
  status: number;
  ok: boolean;
  error?: string;
  /** What was answered. */
  answer?: JsonObject;
}

const maxCalls = 10_000;

export class Calls extends Array<Call> {
  record(call: Call, state: WorkspaceState): void {
    this.push(call);
    if (this.length > maxCalls) this.shift();
    state.changed();
  }

  of(method: string): Call[] {
    return Array.from(this).filter((call) => call.method === method);
  }
}
