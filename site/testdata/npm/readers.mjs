// Reads every Parquet and Arrow download with hyparquet and apache-arrow: the same rows and sums as datapackage.json says.
// Runs in the folder of the site.
import { readFileSync } from "node:fs";
import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { tableFromIPC } from "apache-arrow";

function near(a, b) {
  return Math.abs(a - b) <= Math.max(1e-6, 1e-9 * Math.abs(b));
}

const words = (v) => (v instanceof Uint32Array ? Number(BigInt.asIntN(64, (BigInt(v[1]) << 32n) | BigInt(v[0]))) : Number(v ?? 0));

let read = 0;
function check(what, rows, want, fields, column) {
  if (rows !== want) throw new Error(`${what}: ${rows} rows, not ${want}`);
  for (const f of fields) {
    if (f.sum === undefined) continue;
    const sum = column(f.name).reduce((total, v) => total + words(v), 0);
    if (!near(sum, f.sum)) throw new Error(`${what}: sum of ${f.name} is ${sum}, not ${f.sum}`);
  }
  read++;
}

async function parquet(path) {
  const bytes = readFileSync(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  return parquetReadObjects({ file, compressors });
}

const { resources } = JSON.parse(readFileSync("datapackage.json", "utf8"));
for (const csv of resources.filter((r) => r.format === "csv")) {
  const base = csv.path.slice(0, -"csv".length);
  const want = csv.rowCount ?? 0;
  const rows = await parquet(base + "parquet");
  check("hyparquet " + base, rows.length, want, csv.schema.fields, (name) => rows.map((r) => r[name]));
  const table = tableFromIPC(readFileSync(base + "arrow"));
  check("apache-arrow " + base, table.numRows, want, csv.schema.fields, (name) => (table.numRows ? [...table.getChild(name)] : []));
}
for (const d of resources.filter((r) => r.name.startsWith("dataset-"))) {
  const folder = d.path.slice(0, d.path.lastIndexOf("/") + 1);
  for (const r of JSON.parse(readFileSync(d.path, "utf8")).resources) {
    if (r.format === "arrow") check(r.name, tableFromIPC(readFileSync(folder + r.path)).numRows, r.rowCount ?? 0, [], null);
    if (r.format !== "parquet" || typeof r.path !== "string") continue;
    check(r.name, (await parquet(folder + r.path)).length, r.rowCount ?? 0, [], null);
  }
}
console.log(read, "readings");
if (read < 100) throw new Error("too few files");
