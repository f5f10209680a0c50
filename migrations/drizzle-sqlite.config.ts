import { defineConfig } from 'drizzle-kit';

/** `npx drizzle-kit generate --config migrations/drizzle-sqlite.config.ts` after a change of the schema. */
export default defineConfig({
  dialect: 'sqlite',
  schema: './src/store/sqlite/schema.ts',
  out: './migrations/sqlite',
});
