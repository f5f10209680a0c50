import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { WorkspaceError } from './errors.ts';

export interface PageFiles {
  js: Uint8Array;
  css: Uint8Array;
}

/** The built page beside this file, or, run from source, bundled now with esbuild. */
export async function loadPage(): Promise<PageFiles> {
  const built = (name: string) => fileURLToPath(new URL(`page/${name}`, import.meta.url));
  if (existsSync(built('main.js'))) {
    const [js, css] = await Promise.all([readFile(built('main.js')), readFile(built('main.css'))]);
    return { js, css };
  }
  if (!existsSync(built('main.tsx')))
    throw new WorkspaceError(
      'workspace_page_missing',
      `the page is not built (${built('main.js')}); run npm run build:page`,
    );
  const { build } = await import('esbuild');
  const result = await build({
    entryPoints: [built('main.tsx')],
    bundle: true,
    minify: true,
    write: false,
    outdir: 'page',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'silent',
  });
  const file = (extension: string) =>
    result.outputFiles.find((one) => one.path.endsWith(extension))?.contents;
  return { js: file('.js') ?? new Uint8Array(), css: file('.css') ?? new Uint8Array() };
}
