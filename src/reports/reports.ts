import { approvals } from './approvals.ts';
import { breakGlass } from './break-glass.ts';
import { changes } from './changes.ts';
import { denied } from './denied.ts';
import { drift } from './drift.ts';
import { eligibility } from './eligibility.ts';
import { grants } from './grants.ts';
import { integrity } from './integrity.ts';
import { leavers } from './leavers.ts';
import { removals } from './removals.ts';
import type { Report } from './report.ts';

/** The reports that auditors ask for, in their order. */
export const REPORTS: readonly Report[] = [
  grants,
  approvals,
  removals,
  breakGlass,
  eligibility,
  leavers,
  drift,
  changes,
  denied,
  integrity,
];
