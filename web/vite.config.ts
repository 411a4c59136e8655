/* The build: one page per audience, so that the crew never pays for the console.
   The service worker is a classic script written by hand; the build only gives it the list of the crew page's
   own files and a cache name that changes with them. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

const pages = ['index.html', 'konsol.html', 'peta.html', 'lapangan.html', 'warga.html', 'lokasi.html', 'lacak.html'];
const every_page =
  /node_modules.svelte|ui.(i18n|words|format|workstation|Keycap|Icon|Button|Clock|Since|Chip|Strip|TrainingFrame|unit-state|notices)\b|wire.(api|rows|commands|types|plans)\b|board.(sync|board|table|clock|act|once|plans)\b/;
const every_screen =
  /console.(App|Header|Menu|AlarmStrip|CommandBar|duty|router|selection|command-line|help|search|say-alarm|demo.first-run|calls.work|calls.control)\b|phone.(desk|phone|microphone|page)\b|board.(alarms|figures|health|newer|paper|voice|order)\b|ui.(keyboard|keys|panels|Panel|Part|LevelMeter)\b/;
const server = process.env['KENTONGAN_SERVER'] ?? 'http://127.0.0.1:8112';
const static_files = '../src/kentongan/edge/web/static';

type Bundle = Parameters<NonNullable<Extract<Plugin['generateBundle'], (...args: never[]) => unknown>>>[1];

/** Loaded when somebody asks for it and useless without a network: not kept by the crew's page. */
const needs_network = /map.Map\.svelte$/;

/** A chunk, its styles and what it may load later: what a page needs to work without a network. */
function reachable(bundle: Bundle, entry: Bundle[string] | undefined, found = new Set<string>()): Set<string> {
  if (entry?.type !== 'chunk' || found.has(entry.fileName) || needs_network.test(entry.facadeModuleId ?? '')) return found;
  found.add(entry.fileName);
  for (const style of (entry as { viteMetadata?: { importedCss: Set<string> } }).viteMetadata?.importedCss ?? []) found.add(style);
  for (const name of [...entry.imports, ...entry.dynamicImports]) reachable(bundle, bundle[name], found);
  return found;
}

/** Fills in the service worker: what the crew page needs to open without a network. */
function serviceWorker(): Plugin {
  return {
    name: 'kentongan-service-worker',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const page = bundle['lapangan.html'];
      if (page?.type !== 'asset') throw new Error('the build made no lapangan.html');
      const html = String(page.source);
      const names = reachable(bundle, Object.values(bundle).find((part) => part.type === 'chunk' && part.name === 'lapangan'));
      const fonts = Object.keys(bundle).filter((name) => name.endsWith('.woff2'));
      const files = ['/lapangan', '/lapangan.webmanifest', '/lambang.svg', '/tema.js'];
      files.push(...[...names, ...fonts].map((name) => `/${name}`).sort());
      const hash = createHash('sha256').update(html).update(files.join()).digest('hex').slice(0, 16);
      const source = readFileSync('unit/sw.js', 'utf8')
        .replace("'%CACHE%'", JSON.stringify(`lapangan-${hash}`))
        .replace("'%FILES%'", JSON.stringify(files));
      this.emitFile({ type: 'asset', fileName: 'sw.js', source });
      this.emitFile({ type: 'asset', fileName: 'konsol-sw.js', source: readFileSync('console/sw.js', 'utf8') });
    },
  };
}

/** Puts the catalogues beside the pages: the server reads the same words. */
function catalogues(): Plugin {
  return {
    name: 'kentongan-catalogues',
    apply: 'build',
    writeBundle(options) {
      const folder = `${options.dir}/locales`;
      mkdirSync(folder, { recursive: true });
      for (const name of readdirSync('locales').filter((one) => one.endsWith('.json'))) copyFileSync(`locales/${name}`, `${folder}/${name}`);
    },
  };
}

/** What of Svelte's run time no page of ours uses: pages drawn by a server, components of its older kind, `await` in
    templates, tracing; what it warns of for a list of several choices, a reset that comes twice, and what is read while it goes. Told as constants, the code behind them is left out. By file: what stands there, and what instead. */
const flags = ['async', 'legacy', 'tracing'].map((flag) => `${flag}_mode_flag`);
const NEVER: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'svelte/src/internal/flags/index.js': [
    ...flags.flatMap((flag) => [[`export let ${flag} = false;`, `export const ${flag} = false;`] as const, [`\t${flag} = true;`, ''] as const]),
    ['\tasync_mode_flag = false;', ''],
  ],
  'svelte/src/internal/client/warnings.js': ['select_multiple_invalid_value', 'svelte_boundary_reset_noop', 'derived_inert'].map((name) => [`console.warn(\`https://svelte.dev/e/${name}\`);`, ''] as const),
  /* The first drawing of an {#await} is under its boundary, too: what fails is said there and nothing stays blank. */
  'svelte/src/internal/client/dom/blocks/await.js': [
    ["import { block } from", "import { handle_error } from '../../error-handling.js';\nimport { block } from"],
    ['\t\t\t\t\tfn();\n\t\t\t\t} finally {', '\t\t\t\t\tfn();\n\t\t\t\t} catch (error) {\n\t\t\t\t\thandle_error(error);\n\t\t\t\t} finally {'],
  ],
  'svelte/src/internal/client/dom/hydration.js': [['export let hydrating = false;', 'export const hydrating = false;'], ['\thydrating = value;', '']],
};

function onlyWhatIsUsed(): Plugin {
  return {
    name: 'kentongan-only-what-is-used',
    apply: 'build',
    transform(code, id) {
      const file = Object.keys(NEVER).find((name) => id.endsWith(name));
      if (file === undefined) return null;
      for (const [from, to] of NEVER[file] ?? []) {
        if (!code.includes(from)) throw new Error(`${id} has no "${from}" any more`);
        code = code.replace(from, to);
      }
      return { code, map: null };
    },
  };
}

/** In development the server's addresses (/konsol, /lapangan, /112) lead to the pages, as they do in production. */
function addresses(): Plugin {
  return {
    name: 'kentongan-addresses',
    configureServer(dev) {
      dev.middlewares.use((request, _response, next) => {
        const path = request.url?.split(/[?#]/)[0];
        if (path === '/konsol' || path === '/lapangan') request.url = `${path}.html`;
        if (path === '/konsol/peta') request.url = '/peta.html';
        if (path === '/112') request.url = '/warga.html';
        if (path === '/lacak') request.url = '/lacak.html';
        next();
      });
    },
  };
}

export default defineConfig({
  plugins: [onlyWhatIsUsed(), svelte(), addresses(), catalogues(), serviceWorker()],
  build: {
    outDir: static_files,
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: {
      input: pages,
      optimization: { inlineConst: { mode: 'all', pass: 3 } },
      treeshake: { moduleSideEffects: (id) => !/node_modules.svelte.src.internal.client.dom.elements.custom-element/.test(id) },
      /* What every page needs is one file, and what every console screen needs: one file compresses better than ten small ones. */
      output: {
        codeSplitting: {
          groups: [
            { name: 'dasar', test: every_page, minShareCount: 2 },
            { name: 'bunyi', test: /phone.sounds\b/, minShareCount: 2 },
            { name: 'meja', test: every_screen },
            { name: 'run-command', test: /console.(run-command|way-back)\b/ },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': server,
      '/ws': { target: server.replace(/^http/, 'ws'), ws: true },
    },
  },
});
