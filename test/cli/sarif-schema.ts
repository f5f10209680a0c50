import { z } from 'zod';

/**
 * As much of the published schema of SARIF 2.1.0 as a log of ours uses: required properties, types, enumerations and
 * patterns as they stand there. Objects without `additionalProperties: false` there are open here, too.
 */
const message = z.strictObject({ text: z.string(), markdown: z.string().optional() });

const region = z.strictObject({
  startLine: z.int().min(1),
  startColumn: z.int().min(1).optional(),
});

const uriReference = z.string().refine((text) => URL.canParse(text, 'file:///'), 'no URI reference');

const location = z.strictObject({
  physicalLocation: z
    .strictObject({
      artifactLocation: z.strictObject({ uri: uriReference }).optional(),
      region: region.optional(),
    })
    // `anyOf` address or artifactLocation.
    .refine(({ artifactLocation }) => artifactLocation !== undefined),
});

const result = z.strictObject({
  message,
  ruleId: z.string().optional(),
  ruleIndex: z.int().min(-1).optional(),
  level: z.enum(['none', 'note', 'warning', 'error']).optional(),
  locations: z.array(location).optional(),
  partialFingerprints: z.record(z.string(), z.string()).optional(),
});

const driver = z.strictObject({
  name: z.string(),
  semanticVersion: z.string().optional(),
  rules: z.array(z.strictObject({ id: z.string(), shortDescription: message.optional() })).optional(),
});

const run = z
  .strictObject({
    tool: z.strictObject({ driver }),
    automationDetails: z.strictObject({ id: z.string() }).optional(),
    columnKind: z.enum(['utf16CodeUnits', 'unicodeCodePoints']).optional(),
    results: z.array(result).optional(),
  })
  // Not in the schema, in its text: 3.27.6.
  .refine(({ tool, results = [] }) => {
    const rules = tool.driver.rules ?? [];
    return results.every(({ ruleId, ruleIndex = -1 }) => rules[ruleIndex]?.id === ruleId);
  }, 'ruleIndex does not lead to ruleId');

const sarif = z.strictObject({
  $schema: z.url().optional(),
  version: z.literal('2.1.0'),
  runs: z.array(run),
});

/** What of a log the schema would refuse. */
export function schemaFaults(log: unknown): readonly string[] {
  const parsed = sarif.safeParse(log);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message: why }) => `${path.join('.')}: ${why}`);
}
