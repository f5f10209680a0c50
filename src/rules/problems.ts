import { isAbsolute, relative } from 'node:path';
import { LIMITS } from '../limits.ts';
import { CatalogueError, formatProblem } from '../policy/problems.ts';
import { ConnectorFault } from '../ports/connector.ts';

export interface Problems {
  readonly problems: number;
  readonly lines: readonly string[];
}

/**
 * Why rules cannot be used, as it is told: how many things are wrong, and the first of them, a line each. Where the
 * folder lies on the machine is nobody's business who reads it in chat.
 */
export function problemsOf(error: unknown, folder: string): Problems {
  if (error instanceof CatalogueError) {
    const fromFolder = (file: string) => (isAbsolute(file) ? relative(folder, file) : file);
    const told = error.problems.slice(0, LIMITS.rulesProblemsTold);
    const lines = told.map((each) => formatProblem({ ...each, file: fromFolder(each.file) }));
    return { problems: Math.max(1, error.problems.length + error.more), lines };
  }
  if (error instanceof ConnectorFault) return { problems: 1, lines: [error.message] };
  // What a library says may quote anything: it stays in the log of the process.
  return { problems: 1, lines: ['they cannot be loaded, in a way that was not foreseen'] };
}
