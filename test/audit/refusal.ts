import { AuditError } from '../../src/audit/error.ts';

/** The code of the AuditError that `act` throws, or `taken` when it throws none. Any other error is let through. */
export function refusal(act: () => unknown): string {
  try {
    act();
    return 'taken';
  } catch (error) {
    if (error instanceof AuditError) return error.code;
    throw error;
  }
}
