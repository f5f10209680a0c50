/** What is known of the moment, beside who and what. Absent means not known, and a rule that needs it says no. */
export interface Facts {
  readonly onCall?: boolean;
  /** `severity`: 1 is the worst. */
  readonly incident?: { readonly id: string; readonly severity: number };
  /** `assigned`: to the person who asks. */
  readonly ticket?: { readonly state: string; readonly assigned: boolean };
  readonly device?: { readonly compliant: boolean };
  readonly network?: { readonly origin: string };
  /** How unusual this is for the person, 0 to 1,000. */
  readonly risk?: number;
  /** Ms since the person last proved a second factor. */
  readonly mfaAgeMs?: number;
}

export interface SignalQuestion {
  /** The catalogue's keys. */
  readonly person: string;
  readonly entitlement: string;
  readonly resource: string;
  readonly ticket: string | null;
  readonly at: number;
}

/** Someone who knows one or more facts: an incident tool, a ticket system, a device inventory. */
export interface SignalSource {
  readonly name: string;
  /** What it knows now. What it does not know is absent; a failure or a time-out makes all of it absent. */
  facts(question: SignalQuestion, signal: AbortSignal): Promise<Facts>;
}
