// Prints the size of each file of frontend/dist as the server sends it (brotli, quality 11). Fails above the limit.
import { readdirSync, readFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";

const LIMIT_KB = 630;
const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 };

let total = 0;
for (const name of readdirSync("frontend/dist").filter((name) => !name.startsWith("."))) {
  const bytes = readFileSync(`frontend/dist/${name}`);
  const packed = brotliCompressSync(bytes, { params }).length;
  // The server sends a file uncompressed where compression saves less than a tenth.
  const sent = packed * 10 < bytes.length * 9 ? packed : bytes.length;
  total += sent;
  console.log(`${(sent / 1000).toFixed(1).padStart(8)} kB  ${name}`);
}
console.log(`${(total / 1000).toFixed(1).padStart(8)} kB  in all, of ${LIMIT_KB}`);
if (total > LIMIT_KB * 1000) {
  console.error(`The web app is over its limit of ${LIMIT_KB} kB.`);
  process.exit(1);
}
