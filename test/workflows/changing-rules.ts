import type { RequestId } from '../../src/domain/values.ts';
import { createDirectory } from '../../src/identity/directory.ts';
import { parseCatalogue } from '../../src/policy/catalogue.ts';
import { createPolicyEngine } from '../../src/policy/engine.ts';
import type { Rules } from '../../src/policy/rules.ts';
import type { Directory } from '../../src/ports/directory.ts';
import type { PolicyEngine, PolicyQuestion } from '../../src/ports/policy.ts';
import type { Deps } from '../../src/workflows/deps.ts';
import { rulesCheckRow } from '../../src/workflows/inadmissible.ts';
import { rulesOf } from '../policy/small-policy.ts';
import { World, type WorldOptions } from './world.ts';

/** One database that is easy to see through: Ana and Ben ask, Cleo and Dev consent, Erin and Finn are at hand. */
export const CATALOGUE = `version: 1
zone: Europe/Vienna
policies: none
slack: { teams: [T0COUNTER] }
people:
  ana: { name: Ana, accounts: { slack: T0COUNTER/U0ANA } }
  ben: { name: Ben, accounts: { slack: T0COUNTER/U0BEN } }
  cleo: { name: Cleo, accounts: { slack: T0COUNTER/U0CLEO } }
  dev: { name: Dev, accounts: { slack: T0COUNTER/U0DEV } }
  erin: { name: Erin, accounts: { slack: T0COUNTER/U0ERIN } }
  finn: { name: Finn, accounts: { slack: T0COUNTER/U0FINN }, operator: true }
groups:
  developers: { title: Developers, members: [ana, ben] }
  dba: { title: Administrators, members: [cleo, dev], channel: approvals }
  security: { title: Security, members: [erin, finn] }
channels:
  approvals: { slack: C0DBAPPROVALS }
connectors:
  shop-postgres: { use: postgres-role, config: { admin: env:SHOP_ADMIN_URL } }
resources:
  practice-db:
    title: Practice
    connector: shop-postgres
    environment: practice
    classification: internal
    owner: cleo
    channel: approvals
entitlements:
  practice-db:read:
    title: Read
    resource: practice-db
    description: Select on all tables.
    scope: { role: shop_ro }
    longest: 4h
    requesters: [developers]
    stages: [{ name: DBA, group: dba, quorum: 2 }]
`;

export const HOURS = 3_600_000;
let digests = 0;

/** A world whose rules can be exchanged while it runs; what was in force is remembered, unless it is forgotten. */
export class ChangingRules {
  world!: World;
  #current = versionOf(CATALOGUE);
  readonly #kept = new Map<string, Rules>();
  mode: 'revoke' | 'flag' = 'revoke';
  /** Groups whose source is silent. */
  readonly silent = new Set<string>();
  /** What the rules in force were asked, in order. */
  readonly asked: PolicyQuestion[] = [];

  static async open(options: WorldOptions = {}): Promise<ChangingRules> {
    const rules = new ChangingRules();
    rules.world = await World.open({
      ...options,
      catalogue: () => CATALOGUE,
      deps: (deps) => rules.#wire(deps),
    });
    return rules;
  }

  get digest(): string {
    return this.#current.digest;
  }

  /** Puts other rules in force, as the keeper does; answers the digest of those before. */
  async change(catalogue: (text: string) => string): Promise<string> {
    const before = this.use(catalogue);
    const { store, clock } = this.world.deps;
    await store.put([rulesCheckRow(this.digest, before, clock.now())]);
    this.world.worker?.wake();
    await this.world.clock.settle();
    return before;
  }

  /** The same without anyone looking at what was granted. */
  use(catalogue: (text: string) => string): string {
    const before = this.#current;
    this.#kept.set(before.digest, before);
    this.#current = versionOf(catalogue(CATALOGUE));
    return before.digest;
  }

  forget(digest: string): void {
    this.#kept.delete(digest);
  }

  async trigger(id: RequestId): Promise<string | null> {
    return (await this.world.state(id)).revocation?.trigger ?? null;
  }

  #wire(deps: Deps): Deps {
    const now = this.#engine(deps, () => this.#current);
    return {
      ...deps,
      directory: this.#directory(deps, () => this.#current),
      policy: {
        ...now,
        answer: (question) => {
          this.asked.push(question);
          return now.answer(question);
        },
      },
      rules: {
        onInadmissible: () => this.mode,
        engineOf: async (digest) => {
          const rules = this.#kept.get(digest);
          return rules === undefined ? null : this.#engine(deps, () => rules);
        },
        revert: (order) => deps.rules.revert(order),
      },
    };
  }

  #directory({ store, clock }: Deps, rules: () => Rules): Directory {
    const { groups } = store;
    const directory = createDirectory({
      catalogue: () => rules().catalogue,
      groups,
      scim: null,
      now: () => clock.now(),
    });
    return {
      ...directory,
      group: async (key, at) =>
        this.silent.has(key) ? { kind: 'stale', ageMs: null } : directory.group(key, at),
      groupsOf: async (person, at) => {
        const known = await directory.groupsOf(person, at);
        const told = known.groups.filter((group) => !this.silent.has(group));
        return { groups: told, stale: [...this.silent] };
      },
    };
  }

  #engine(deps: Deps, rules: () => Rules): PolicyEngine {
    const { store, ids, deadline, clock } = deps;
    return createPolicyEngine({
      rules,
      directory: this.#directory(deps, rules),
      signals: [],
      exceptions: { inForce: async () => [] },
      subjects: store,
      ids,
      deadline,
      now: () => clock.now(),
    });
  }
}

function versionOf(text: string): Rules {
  digests += 1;
  return { ...rulesOf(parseCatalogue(text, 'catalogue.yaml')), digest: String(digests).padStart(64, '0') };
}
