// The SQL page: loads DuckDB at the first run, shows each dataset that a query names as a view over its published files,
// and shows the result as text. Numbers and times are written as the command line writes them.
const element = (id) => document.getElementById(id);
const json = (id) => JSON.parse(element(id).textContent);
const tables = json("sql-tables");
const questions = json("sql-questions");
const files = json("sql-files");
const shownRows = 1000;
const inMemory = 64e6; // larger datasets are read in ranges, as the query needs them

let opened; // promise of the database
let known = new Set(); // datasets that have their view
let last; // the last result

function say(text) {
  element("sql-state").textContent = text;
}

async function open() {
  const duckdb = await import(new URL(files.module, document.baseURI));
  const worker = new Worker(new URL(files.worker, document.baseURI));
  const db = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), worker);
  await db.instantiate(new URL(files.wasm, document.baseURI).href);
  await db.open({ query: { castBigIntToDouble: false } });
  return { duckdb, db, worker, connection: await db.connect() };
}

const quoted = (s) => "'" + s.replaceAll("'", "''") + "'";
const identifier = (s) => '"' + s.replaceAll('"', '""') + '"';

async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(address + ": HTTP status " + response.status);
  return response;
}

// view shows a dataset under its name, as the command line does.
async function view(database, name) {
  const address = new URL(tables[name], document.baseURI);
  const description = await (await fetched(address)).json();
  const whole = (description.resources || []).find((r) => r.format === "parquet" && typeof r.path === "string");
  const parts = whole ? [{ path: whole.path, bytes: whole.bytes }] : description.partitions || [];
  const size = parts.reduce((sum, part) => sum + part.bytes, 0);
  const list = [];
  for (const part of parts) {
    const file = name + "/" + part.path;
    const from = new URL(part.path, address).href;
    if (size <= inMemory) {
      await database.db.registerFileBuffer(file, new Uint8Array(await (await fetched(from)).arrayBuffer()));
    } else {
      await database.db.registerFileURL(file, from, database.duckdb.DuckDBDataProtocol.HTTP, false);
    }
    list.push(quoted(file));
  }
  const columns = description.columns.map((c) => `CAST(${list.length ? identifier(c.name) : "NULL"} AS ${c.sql}) AS ${identifier(c.name)}`);
  const from = list.length ? `read_parquet([${list.join(", ")}], hive_partitioning = false)` : "(SELECT 1) WHERE false";
  await database.connection.query(`CREATE OR REPLACE VIEW ${identifier(name)} AS SELECT ${columns.join(", ")} FROM ${from}`);
}

// decimal formats the number that words of 32 bits hold, with its decimal point.
function decimal(words, scale) {
  let n = 0n;
  for (let i = words.length - 1; i >= 0; i--) n = (n << 32n) | BigInt(words[i]);
  n = BigInt.asIntN(words.length * 32, n);
  if (scale === 0) return n.toString();
  return float(Number(n) / 10 ** scale);
}

// float writes a number as the command line does: with an exponent from a million on, and below a ten-thousandth.
function float(x) {
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "+Inf" : "-Inf";
  if (Number.isInteger(x) && Math.abs(x) < 1e15) return String(x);
  const [mantissa, exponent] = x.toExponential().split("e");
  const e = Number(exponent);
  return e < -4 || e >= 6 ? mantissa + "e" + (e < 0 ? "-" : "+") + String(Math.abs(e)).padStart(2, "0") : String(x);
}

function textOf(value, type) {
  if (value === null || value === undefined) return "";
  const kind = String(type);
  if (kind.startsWith("Timestamp")) return new Date(Number(value)).toISOString().slice(0, 19) + "Z";
  if (kind.startsWith("Date")) return new Date(Number(value)).toISOString().slice(0, 10);
  if (kind.startsWith("Decimal")) return decimal(value, type.scale);
  if (kind.startsWith("List")) return [...value].map((v) => textOf(v, type.children[0].type)).join(" ");
  if (typeof value === "number" && kind.startsWith("Float")) return float(value);
  return String(value);
}

// csv formats a field as in the downloads: no formula, no control characters.
function csv(text, isText) {
  if (isText && text) {
    text = text.replaceAll("\r\n", "\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "\ufffd");
    if (/^['=+\-@\t\uff1d\uff0b\uff0d\uff20]/.test(text)) text = "'" + text;
  }
  return /[",\n]|^\s|^\\\.$/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}

function rowsOf(table, limit) {
  const types = table.schema.fields.map((f) => f.type);
  const columns = types.map((_, i) => table.getChildAt(i));
  const rows = [];
  for (let r = 0; r < Math.min(table.numRows, limit); r++) rows.push(columns.map((c, i) => textOf(c.get(r), types[i])));
  return rows;
}

const isText = (field) => /^(Utf8|List)/.test(String(field.type));

function asCSV(table) {
  const texts = table.schema.fields.map(isText);
  const lines = [table.schema.fields.map((f) => csv(f.name, false)).join(",")];
  for (const row of rowsOf(table, Infinity)) lines.push(row.map((cell, i) => csv(cell, texts[i])).join(","));
  return lines.join("\n") + "\n";
}

// show writes the result as text nodes: nothing in a cell is markup.
function show(table) {
  const made = (name, text, parent) => {
    const e = document.createElement(name);
    if (text !== undefined) e.textContent = text;
    parent.append(e);
    return e;
  };
  const place = element("sql-result");
  place.replaceChildren();
  const t = made("table", undefined, place);
  made("caption", table.numRows > shownRows ? `The first ${shownRows} of ${table.numRows} rows; the CSV has all of them` : `${table.numRows} ${table.numRows === 1 ? "row" : "rows"}`, t);
  const head = made("tr", undefined, made("thead", undefined, t));
  const body = made("tbody", undefined, t);
  const classes = table.schema.fields.map((f) => (/^(U?int|Float|Decimal)/i.test(String(f.type)) ? "n" : /^(Date|Timestamp)/.test(String(f.type)) ? "day" : ""));
  table.schema.fields.forEach((f, i) => {
    const th = made("th", f.name, head);
    th.scope = "col";
    if (classes[i]) th.className = classes[i];
  });
  for (const row of rowsOf(table, shownRows)) {
    const tr = made("tr", undefined, body);
    row.forEach((cell, i) => {
      const td = made("td", cell.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, "\ufffd"), tr);
      if (classes[i]) td.className = classes[i];
      else td.dir = "auto";
    });
  }
}

async function run() {
  const text = element("sql-text").value;
  element("sql-error").textContent = "";
  element("sql-result").replaceChildren();
  element("sql-csv").hidden = true;
  element("sql-run").disabled = true;
  element("sql-stop").hidden = false;
  last = undefined;
  const started = performance.now();
  try {
    say("Loading the database …");
    opened = opened || open();
    const database = await opened;
    for (const name of Object.keys(tables)) {
      if (!known.has(name) && new RegExp("\\b" + name + "\\b").test(text)) {
        say("Loading " + name + " …");
        await view(database, name);
        known.add(name);
      }
    }
    say("Running …");
    last = await database.connection.query(text);
    show(last);
    say(`Done in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
    element("sql-csv").hidden = false;
  } catch (error) {
    say("");
    element("sql-error").textContent = String((error && error.message) || error);
    if (opened) opened.catch(() => (opened = undefined)); // so that the next run tries again
  }
  element("sql-run").disabled = false;
  element("sql-stop").hidden = true;
}

element("sql-form").addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
element("sql-text").addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    if (!element("sql-run").disabled) run();
  }
});
element("sql-stop").addEventListener("click", async () => {
  const database = opened;
  opened = undefined;
  known = new Set();
  if (database) (await database).worker.terminate();
  element("sql-run").disabled = false;
  element("sql-stop").hidden = true;
  say("Stopped.");
});
element("sql-csv").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([asCSV(last)], { type: "text/csv" }));
  link.download = "result.csv";
  link.click();
  URL.revokeObjectURL(link.href);
});
element("sql-question").addEventListener("change", (event) => choose(event.target.value));

function choose(slug) {
  const question = questions.find((q) => q.Slug === slug);
  if (!question) return;
  element("sql-question").value = slug;
  element("sql-text").value = question.SQL;
}

window.tidemarkCSV = () => (last ? asCSV(last) : "");
element("sql-form").hidden = false;
choose(location.hash.slice(1));
if (location.protocol === "file:") say("A page opened from disk cannot start the database: serve the folder with a web server, for example with tidemark serve.");
