// SPDX-License-Identifier: AGPL-3.0-or-later
// Builds what browsers are sent: one file for each entry point below, without source maps and without anything of this machine.
//
//     node assets/build.mjs [--into DIR]
//
// DIR (src/demur/web) gets
//     static/demur/js/NAME.js        the bundles
//     static/demur/js/licences.txt   the licences of the packages that went into them
//     packed/SHA256.br               every static file by brotli, named by the SHA-256 of the plain one, so that none can be stale
//     assets.json                    path -> {sha256, size} of every static file; only with --into: the committed one changes by script/generate
//
// Same sources and same package-lock.json give the same bytes, wherever they lie: what is served can be built again by anybody and compared
// with what the record says (spec/assets.md). A file that would not change is not written, so that a build disturbs nobody.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

const HERE = dirname(fileURLToPath(import.meta.url));
const WEB = resolve(HERE, "../src/demur/web");
const SOURCE = "AGPL-3.0-or-later; others: licences.txt";
const ENTRIES = {
  write: "pages/author/write.js",
  writing: "pages/author/writing.js",
  case: "pages/author/case.js",
  mycase: "pages/author/mycase.js",
  "author-worker": "pages/author/worker.js",
  "inspection-worker": "pages/author/inspection/worker.js", // started when an author adds a file
  "case/author-worker": "pages/author/case/worker.js",
  // The same for browsers that lack Ed25519 (Chrome before 137, Firefox before 129, Safari before 17); the page chooses.
  "portable/author-worker": "pages/author/worker.js",
  "portable/case/author-worker": "pages/author/case/worker.js",
  desk: "pages/desk/desk.js",
  "desk-worker": "pages/desk/worker.js",
  "sign-in": "pages/desk/signing.js", // on the sign-in page, while many sign in
};
// Scripts that are fetched when an author begins, after another that the page has already: what both need they take from that one, which exports
// it, so that it is loaded once.
const AFTER = { writing: "write", mycase: "case" };
const TAKEN = ["lib/errors.js", "pages/author/trouble.js", "pages/web/rpc.js", "pages/web/save.js", "pages/web/ui.js"];
const MODULES = new Set(Object.entries(AFTER).flat());
// What typage would carry along for kinds of keys that we refuse (lib/age.js) stays out.
const LEAN = {
  "@noble/curves/nist.js": "./lib/lean/absent.js",
  "@noble/post-quantum/hybrid.js": "./lib/lean/xwing.js",
  "@scure/base": "./lib/lean/base.js",
};
const NATIVE = { "@noble/curves/ed25519.js": "./lib/lean/x25519.js" }; // the browser signs and verifies itself
const PORTABLE = { "@noble/curves/ed25519.js": "./lib/lean/curves.js" };
const LEANER = { ...LEAN, "@noble/hashes/scrypt.js": "./lib/lean/absent.js" }; // authors have words, never a passphrase
// The oldest browsers that have what the pages need: streams, WebCrypto, and the syntax of 2022.
const TARGET = ["chrome109", "firefox115", "safari16.4"];

let esbuild;
try {
  esbuild = await import("esbuild");
} catch {
  fail("The node packages are missing; run script/setup and try again.");
}

function fail(sentence) {
  console.error(`build: ${sentence}`);
  process.exit(1);
}

const exported = new Map(); // name of a script -> what it exports

// The whole of one bundle, and the packages that went into it. Throws what esbuild says.
async function bundle(name, entry) {
  const built = await esbuild.build({
    absWorkingDir: HERE,
    entryPoints: [entry],
    bundle: true,
    alias: aliases(name, entry),
    write: false,
    metafile: true,
    outfile: `${name}.js`,
    format: MODULES.has(name) ? "esm" : "iife", // iife: runs as a deferred script and as a worker alike
    plugins: [
      ...(AFTER[name] ? [taking(`./${AFTER[name]}.js`, exported.get(AFTER[name]))] : []),
      ...(entry.startsWith("pages/author/") ? [LEANEST] : []),
    ],
    target: TARGET,
    charset: "utf8",
    minify: true,
    legalComments: "none", // they stand in licences.txt, whole
    banner: { js: `/* Demur. ${SOURCE} */` },
    logLevel: "silent",
  });
  exported.set(name, Object.values(built.metafile.outputs)[0].exports);
  const packages = Object.keys(built.metafile.inputs).flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return { data: Buffer.from(built.outputFiles[0].contents), packages: new Set(packages) };
}

// Parts of packages that authors' workers need less of, and what takes their place.
const PARTS = [
  [/age-encryption.dist.index\.js$/, "./recipients.js", "lib/lean/recipients.js"], // the post-quantum kind alone
  [/smol-toml.dist.\w+\.js$/, "./error.js", "lib/lean/tomlerror.js"],
  [/smol-toml.dist.\w+\.js$/, "./date.js", "lib/lean/tomldate.js"],
];
const LEANEST = {
  name: "leanest",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/(recipients|error|date)\.js$/ }, ({ path, importer }) => {
      const found = PARTS.find(([by, part]) => part === path && by.test(importer));
      return found && { path: join(HERE, found[2]) };
    });
  },
};

// Leaves out what is TAKEN, and has it imported from the script at `address`, which exports `names`; all of it in one place, so that each name is
// there once.
function taking(address, names) {
  const taken = new Set(TAKEN.map((path) => join(HERE, path)));
  const contents = `export { ${names.join(", ")} } from "${address}";`;
  const setup = ({ onResolve, onLoad }) => {
    onResolve({ filter: /^\./ }, ({ path, resolveDir, namespace }) => {
      if (namespace === "taken") return { path, external: true };
      return taken.has(resolve(resolveDir, path)) ? { path: address, namespace: "taken" } : undefined;
    });
    onLoad({ filter: /./, namespace: "taken" }, () => ({ contents }));
  };
  return { name: "taking", setup };
}

function aliases(name, entry) {
  if (!entry.startsWith("pages/author/")) return LEAN;
  return { ...LEANER, ...(name.startsWith("portable/") ? PORTABLE : NATIVE) };
}

function licenceOf(name) {
  const folder = join(HERE, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((found) => /^licen[cs]e/i.test(found));
  if (!file) fail(`The package ${name} carries no licence; leave it out, or add its licence by hand.`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
}

function put(path, data) {
  if (existsSync(path) && readFileSync(path).equals(data)) return;
  mkdirSync(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, data);
  renameSync(aside, path); // whole or not at all: somebody may be reading it
}

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else yield path;
  }
}

const sha256 = (data) => createHash("sha256").update(data).digest("hex");

// Static files that are committed lie in the source; a build into another folder takes them from there.
function plainFiles(into) {
  const files = new Map();
  for (const root of new Set([join(WEB, "static"), join(into, "static")])) {
    if (!existsSync(root)) continue;
    for (const path of filesBelow(root)) {
      const name = relative(root, path).split(sep).join("/");
      if (root.startsWith(into) || !name.startsWith("demur/js/")) files.set(name, readFileSync(path));
    }
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

// By brotli, the shortest of some codings of distances (RFC 7932, section 4).
function smallest(data) {
  const packed = [[0, 0], [0, 4], [0, 12], [1, 8], [1, 30], [2, 16], [2, 32], [3, 120]].map(([postfix, direct]) => {
    const { BROTLI_PARAM_QUALITY, BROTLI_MAX_QUALITY, BROTLI_PARAM_SIZE_HINT, BROTLI_PARAM_NPOSTFIX, BROTLI_PARAM_NDIRECT } = constants;
    const how = { [BROTLI_PARAM_QUALITY]: BROTLI_MAX_QUALITY, [BROTLI_PARAM_SIZE_HINT]: data.length };
    return brotliCompressSync(data, { params: { ...how, [BROTLI_PARAM_NPOSTFIX]: postfix, [BROTLI_PARAM_NDIRECT]: direct } });
  });
  return packed.reduce((best, one) => (one.length < best.length ? one : best));
}

function pack(files, folder) {
  const wanted = new Set();
  for (const data of files.values()) {
    const name = `${sha256(data)}.br`;
    wanted.add(name);
    if (existsSync(join(folder, name))) continue;
    put(join(folder, name), smallest(data));
  }
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (name.endsWith(".br") && !wanted.has(name)) rmSync(join(folder, name), { force: true });
  }
}

const at = process.argv.indexOf("--into");
const into = at > 0 ? resolve(process.argv[at + 1] ?? fail("--into needs a directory.")) : WEB;
const scripts = join(into, "static/demur/js");
const packages = new Set();
const faults = [];
for (const [name, entry] of Object.entries(ENTRIES)) {
  try {
    const made = await bundle(name, entry);
    put(join(scripts, `${name}.js`), made.data);
    for (const found of made.packages) packages.add(found);
  } catch (error) {
    faults.push(`${name}: ${error.message}`);
  }
}
put(join(scripts, "licences.txt"), Buffer.from([...packages].sort().map(licenceOf).join(`\n${"-".repeat(80)}\n\n`)));
// What an older source gave and this one does not would be served, and told by `demur verify-site` as nobody's.
const made = new Set(["licences.txt", ...Object.keys(ENTRIES).map((name) => `${name}.js`)]);
for (const path of filesBelow(scripts)) {
  if (!made.has(relative(scripts, path).split(sep).join("/"))) rmSync(path, { force: true });
}
const files = plainFiles(into);
pack(files, join(into, "packed"));
if (into !== WEB) {
  const rows = [...files].map(([name, data]) => [name, { sha256: sha256(data), size: data.length }]);
  put(join(into, "assets.json"), Buffer.from(`${JSON.stringify(Object.fromEntries(rows), null, 1)}\n`));
}
if (faults.length > 0) fail(faults.join("\n"));
