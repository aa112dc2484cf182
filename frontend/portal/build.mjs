// Puts what the portal takes from npm into static/dist: htmx and the Latin part of Inter.
// Run from frontend/: node portal/build.mjs
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "..", "node_modules");
const dist = join(here, "static", "dist");

mkdirSync(dist, { recursive: true });

// The source map is not served, so the reference to it would only be a 404 in the console.
const htmx = readFileSync(join(modules, "htmx.org", "dist", "htmx.min.js"), "utf8");
writeFileSync(join(dist, "htmx.js"), htmx.replace(/\n?\/\/# sourceMappingURL=\S*\s*$/, "\n"));

copyFileSync(
  join(modules, "@fontsource-variable", "inter", "files", "inter-latin-wght-normal.woff2"),
  join(dist, "inter.woff2"),
);
