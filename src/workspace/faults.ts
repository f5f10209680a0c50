/** Faults that a test or a person asks for: in the Web API, and in what is delivered to the app. */

export type WebApiFault = {
  /** A method such as `chat.postMessage`, `response_url`, or `*`. */
  method: string;
  /** How many calls it strikes; 1 unless told. */
  times?: number;
} & (
  | { kind: 'rate-limit'; retryAfterS: number }
  | { kind: 'latency'; ms: number }
  | { kind: 'error'; status: number }
  | { kind: 'slack-error'; error: string }
  /** Done, but the connection is cut before the answer. */
  | { kind: 'lost-answer' }
  /** Cut before anything was done. */
  | { kind: 'lost-request' }
);

export type DeliveryKind = 'command' | 'interaction' | 'options' | 'event';

export type DeliveryFault = {
  delivery: DeliveryKind | '*';
  times?: number;
} /** The same bytes once more, as Slack does after an answer that it did not see. */ & (
  | { kind: 'redeliver' }
  | { kind: 'bad-signature' }
  | { kind: 'missing-signature' }
  | { kind: 'stale-timestamp'; ageS?: number }
  | { kind: 'future-timestamp'; aheadS?: number }
  | { kind: 'latency'; ms: number }
);

export type Fault = WebApiFault | DeliveryFault;

export interface FaultHandle {
  /** Calls that it will still strike. */
  readonly remaining: number;
  remove(): void;
}

interface Active<F> {
  fault: F;
  remaining: number;
}

const maxFaults = 100;

export class Faults {
  #webApi: Active<WebApiFault>[] = [];
  #delivery: Active<DeliveryFault>[] = [];

  add(fault: Fault): FaultHandle {
    const active = 'method' in fault ? this.#push(this.#webApi, fault) : this.#push(this.#delivery, fault);
    return {
      get remaining() {
        return active.remaining;
      },
      remove() {
        active.remaining = 0;
      },
    };
  }

  clear(): void {
    this.#webApi = [];
    this.#delivery = [];
  }

  /** Every fault that strikes this call of a method, each counted down. */
  takeForMethod(method: string): WebApiFault[] {
    return take(this.#webApi, (fault) => fault.method === method || fault.method === '*');
  }

  takeForDelivery(kind: DeliveryKind): DeliveryFault[] {
    return take(this.#delivery, (fault) => fault.delivery === kind || fault.delivery === '*');
  }

  #push<F extends Fault>(list: Active<F>[], fault: F): Active<F> {
    const active = { fault, remaining: fault.times ?? 1 };
    list.push(active);
    if (list.length > maxFaults) list.shift();
    return active;
  }
}

function take<F extends Fault>(list: Active<F>[], strikes: (fault: F) => boolean): F[] {
  const struck = list.filter((one) => one.remaining > 0 && strikes(one.fault));
  // A refusal uses up the call: two rate limits in the list strike two calls, not one.
  const first = struck.find((one) => one.fault.kind !== 'latency');
  const chosen = struck.filter((one) => one.fault.kind === 'latency' || one === first);
  for (const one of chosen) one.remaining -= 1;
  return chosen.map((one) => one.fault);
}
