// Makes what Trunk built smaller: run by its hook on the folder that is to become frontend/dist. What and why: docs/adr/0004.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const dist = process.env.TRUNK_STAGING_DIR;
const find = (end) => readdirSync(dist).find((name) => name.endsWith(end));
const [wasmName, jsName] = [find("_bg.wasm"), find(".js")];
const folder = mkdtempSync(join(tmpdir(), "web-pack-"));
const run = (tool, ...args) => execFileSync(tool, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

/** Rewrites `text`; fails where the glue no longer looks as this script thinks. */
function replace(text, pattern, by) {
  if (text.search(pattern) < 0) throw new Error(`web-pack: no ${pattern} in the JavaScript of wasm-bindgen`);
  return text.replace(pattern, by);
}

// Classes that libraries export for others to use: nobody does.
let js = readFileSync(join(dist, jsName), "utf8");
js = replace(js, /^export class [^]*?^\}\nif \(Symbol\.dispose\).*\n/gm, "");
js = replace(js, /^const \w+Finalization = [^]*?;\n/gm, "");

// Only what the JavaScript calls is kept, and what that needs.
const called = [...new Set([...js.matchAll(/\bwasm\.(\w+)/g)].map(([, name]) => name))];
const graph = join(folder, "graph.json");
writeFileSync(graph, JSON.stringify(called.map((name) => ({ name, export: name, root: true }))));
const [kept, packed] = [join(folder, "kept.wasm"), join(folder, "packed.wasm")];
run("wasm-metadce", join(dist, wasmName), "--graph-file", graph, "-g", "-o", kept);

// Similar functions side by side, hints of alignment all alike, short names for what crosses over to JavaScript.
const flags = ["-Os", "--low-memory-unused", "--dealign", "--reorder-functions-by-name"];
const names = JSON.parse(run("wasm-opt", kept, ...flags, "--minify-imports-and-exports-and-modules", "-o", packed));
const [imports, exports] = [names.imports.map(([, from, to]) => [from, to]), names.exports].map((list) => new Map(list));
const given = new Set();
js = js.replace(/^ {8}(\w+): function\([^]*?^ {8}\}.*\n/gm, (entry, name) => {
  given.add(name);
  return imports.has(name) ? entry.replace(name, imports.get(name)) : "";
});
const missing = [...imports.keys()].filter((name) => !given.has(name));
if (missing.length > 0) throw new Error(`web-pack: the JavaScript does not give ${missing.join(", ")}`);
js = js.replace(/\bwasm\.(\w+)/g, (_, name) => `wasm.${exports.get(name)}`);
js = replace(js, /"\.\/[\w-]+_bg\.js": /, "a: ");
writeFileSync(join(folder, "glue.js"), js);
run("esbuild", join(folder, "glue.js"), "--minify", "--format=esm", "--log-level=warning", `--outfile=${join(folder, "glue.min.js")}`);

// Both files go together: a name of their own for what they hold by now.
const contents = [readFileSync(join(folder, "glue.min.js")), readFileSync(packed)];
const hash = createHash("sha256").update(contents[0]).update(contents[1]).digest("hex").slice(0, 16);
const [, old] = jsName.match(/-([0-9a-f]+)\.js$/);
for (const [index, name] of [jsName, wasmName].entries()) {
  writeFileSync(join(dist, name), contents[index]);
  renameSync(join(dist, name), join(dist, name.replace(old, hash)));
}
const page = join(dist, "index.html");
writeFileSync(page, replace(readFileSync(page, "utf8"), new RegExp(old, "g"), hash));
rmSync(folder, { recursive: true });
