// The SQL page: loads DuckDB at the first run, shows each dataset that a query names as a view over its published files, and
// shows the result as a table and as a chart. Numbers and times are written as the command line writes them.
const element = (id) => document.getElementById(id);
const json = (id) => JSON.parse(element(id).textContent);
const tables = json("sql-tables");
const files = json("sql-files");
const databaseBytes = json("sql-database");
const inMemory = 64e6; // larger datasets are read in ranges, as the query needs them
const asksAbove = 50e6; // bytes that are loaded without asking

const module = (name) => import(new URL(files[name], document.baseURI));

let opened; // promise of the database
let known = new Set(); // datasets that have their view
let last; // {text, result, columns} of the last query that answered
let running; // AbortController of the query at work
let undraw; // removes the chart
let shown; // AbortController of the table
let stated; // query whose table has its state in the address

// source is the editor; a plain textarea until that is loaded, and where it cannot be.
let source = {
  get text() { return element("sql-text").value; },
  set text(text) { element("sql-text").value = text; },
  fault(value) {
    if (!value) return;
    const before = this.text.split("\n").slice(0, value.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
    element("sql-text").setSelectionRange(before + value.column, before + value.column + 1);
  },
  functions() {},
};

function say(text) {
  element("sql-state").textContent = text;
}

function bytes(n) {
  for (const [unit, size] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) if (n >= size) return (n / size).toPrecision(3).replace(/\.?0+$/, "") + " " + unit;
  return n + " bytes";
}

const counted = (n, one, many) => (n === 1 ? "1 " + one : String(n).replace(/\B(?=(\d{3})+$)/g, ",") + " " + many);

// named returns the published datasets that a query reads: names where its grammar has tables, not columns that are called like one.
// Texts and comments are skipped.
function named(text) {
  const found = new Set();
  let clause = { from: false, table: false }; // in a FROM clause; the next name is a table
  const outer = [];
  for (const [token] of text.matchAll(/'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"]|"")*"|[A-Za-z_]\w*|[(),]/g)) {
    const word = token.toLowerCase();
    if (/^('|--|\/\*)/.test(token)) continue;
    if (token === "(") {
      outer.push(clause);
      clause = { from: clause.table, table: clause.table };
    } else if (token === ")") {
      clause = { ...(outer.pop() || clause), table: false };
    } else if (token === ",") {
      clause.table = clause.from;
    } else if (/^(from|join|table|describe|summarize|pivot|unpivot)$/.test(word)) {
      clause = { from: true, table: true };
    } else if (/^(select|where|group|having|order|limit|qualify|window|union|intersect|except|with)$/.test(word)) {
      clause = { from: false, table: false };
    } else if (clause.table && word !== "lateral") {
      const name = token.replace(/^"|"$/g, "");
      if (Object.hasOwn(tables, name)) found.add(name);
      clause.table = false;
    }
  }
  return [...found].sort();
}

// need sums up what a query loads that is not loaded yet.
function need(text) {
  const missing = named(text).filter((name) => !known.has(name)).map((name) => tables[name]);
  const sum = (key) => missing.reduce((all, table) => all + table[key], 0);
  return { files: sum("Files"), bytes: sum("Bytes"), database: opened ? 0 : databaseBytes, ranges: missing.some((table) => table.Bytes > inMemory) };
}

// cost says what need found.
function cost(n) {
  const parts = [];
  if (n.files) parts.push((n.ranges ? "at most " : "") + bytes(n.bytes) + " in " + counted(n.files, "file", "files"));
  if (n.database) parts.push("the database, " + bytes(n.database) + " (about a quarter of it where the server compresses)");
  return parts.join(", and ");
}

// coverage says of which days a published dataset speaks.
function coverage(name) {
  const t = tables[name];
  if (!t.Files) return name + ": no data yet";
  return `${name}: ` + [t.Last && (t.First === t.Last ? "of " : t.First + " to ") + t.Last, counted(t.Rows, "row", "rows"),
    t.Left && counted(t.Left, "older partition", "older partitions") + " not published"].filter(Boolean).join(", ");
}

function estimate() {
  const text = cost(need(source.text)), names = named(source.text);
  element("sql-cost").textContent = (text ? "A run loads " + text + ". " : "Everything that the query names is loaded. ") + names.map(coverage).join("; ") + (names.length ? "." : "");
}

async function open() {
  const duckdb = await module("module");
  const worker = new Worker(new URL(files.worker, document.baseURI));
  const db = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), worker);
  await db.instantiate(new URL(files.wasm, document.baseURI).href);
  await db.open({ query: { castBigIntToDouble: false } });
  const connection = await db.connect();
  const names = (await connection.query("SELECT DISTINCT function_name AS name FROM duckdb_functions() WHERE regexp_matches(function_name, '^[a-z]\\w*$') ORDER BY name")).getChildAt(0);
  source.functions([...names]);
  return { duckdb, db, worker, connection };
}

const quoted = (s) => "'" + s.replaceAll("'", "''") + "'";
const identifier = (s) => '"' + s.replaceAll('"', '""') + '"';

async function fetched(address, signal) {
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(address + ": HTTP status " + response.status);
  return response;
}

// view shows a dataset under its name, as the command line does.
async function view(database, name, signal) {
  const address = new URL(tables[name].Package, document.baseURI);
  const description = await (await fetched(address, signal)).json();
  const whole = (description.resources || []).find((r) => r.format === "parquet" && typeof r.path === "string");
  const parts = whole ? [{ path: whole.path, bytes: whole.bytes }] : description.partitions || [];
  const size = parts.reduce((sum, part) => sum + part.bytes, 0);
  const list = [];
  for (const part of parts) {
    const file = name + "/" + part.path;
    const from = new URL(part.path, address).href;
    say(`Loading ${name}: file ${list.length + 1} of ${parts.length} …`);
    if (size <= inMemory) {
      await database.db.registerFileBuffer(file, new Uint8Array(await (await fetched(from, signal)).arrayBuffer()));
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

// columnsOf returns what the table and the chart read of a result.
function columnsOf(result) {
  return result.schema.fields.map((field, i) => {
    const type = String(field.type);
    const kind = /^(U?int|Float|Decimal)/i.test(type) ? "number" : /^(Date|Timestamp)/.test(type) ? "day" : "text";
    const values = result.getChildAt(i);
    const text = (r) => textOf(values.get(r), field.type);
    return { name: field.name, kind, field, text, value(r) {
      const v = values.get(r);
      if (v === null || v === undefined) return null;
      return kind === "text" ? text(r) : kind === "day" ? Number(v) : Number(text(r));
    } };
  });
}

const isText = (field) => /^(Utf8|List)/.test(String(field.type));

function asCSV({ result, columns }) {
  const lines = [columns.map((c) => csv(c.name, false)).join(",")];
  for (let r = 0; r < result.numRows; r++) lines.push(columns.map((c) => csv(c.text(r), isText(c.field))).join(","));
  return lines.join("\n") + "\n";
}

const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

// kindOf returns how the table sorts a column, and shows it.
function kindOf({ name, kind, field }) {
  if (kind === "number" && /(^|_)asn$/.test(name) && /^U?int/i.test(String(field.type))) return "as";
  return kind === "text" && /(^|_)(prefix|address)$/.test(name) ? "address" : kind;
}

// show shows a result as the tables of the site are: assets/table.js makes its cells, none of which is markup.
async function show({ result, columns }) {
  await module("table");
  const place = element("sql-result"), box = document.createElement("div"), table = document.createElement("table");
  const total = result.numRows, text = (r, c) => columns[c].text(r).replace(unsafe, "\ufffd");
  const longest = (c) => Math.max(0, ...Array.from({ length: Math.min(total, 50) }, (_, r) => text(r, c).length));
  Object.assign(table.dataset, place.dataset, { table: "result" });
  table.createCaption().textContent = "Rows of the result";
  const head = table.createTHead().insertRow();
  columns.forEach((column, c) => {
    const th = document.createElement("th"), kind = kindOf(column);
    th.scope = "col";
    th.textContent = column.name.replace(unsafe, "\ufffd");
    th.className = kind === "number" ? "n" : kind === "day" ? "day" : kind !== "text" || longest(c) <= 26 ? "short" : "text";
    th.dataset.kind = kind;
    if (kind === "text") th.dataset.facet = "";
    head.append(th);
  });
  table.createTBody();
  box.className = "scroll";
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", "Table: result");
  box.append(table);
  place.replaceChildren(box);
  shown = new AbortController();
  await window.tidemarkTable(table, { total, text, signal: shown.signal });
}

function clear() {
  if (undraw) undraw();
  undraw = undefined;
  if (shown) shown.abort();
  last = undefined;
  chartShown();
  element("sql-results").hidden = true;
  element("sql-result").replaceChildren();
  element("sql-error").replaceChildren();
  element("sql-why").textContent = "";
  element("sql-ask").hidden = true;
  source.fault(null);
}

// placeOf returns the line and column that a message of DuckDB points at with its caret; null where it has none. Long lines are
// cut in the message.
function placeOf(message, text) {
  const m = /^LINE (\d+): (.*)\n( *)\^/m.exec(message);
  if (!m) return null;
  const line = Number(m[1]);
  const cut = m[2].startsWith("...") ? 3 : 0;
  const excerpt = m[2].slice(cut).replace(/\.\.\.$/, "");
  const start = (text.split("\n")[line - 1] || "").indexOf(excerpt);
  if (start < 0) return null;
  return { line, column: start + m[3].length - `LINE ${line}: `.length - cut, message: message.split("\n")[0] };
}

function fail(error, text) {
  const message = String((error && error.message) || error);
  const pre = document.createElement("pre");
  pre.textContent = message;
  element("sql-error").replaceChildren(pre);
  source.fault(placeOf(message, text));
}

// answer loads what the query needs and runs it.
async function answer(text, signal) {
  say("Loading the database …");
  opened = opened || open();
  const database = await opened;
  for (const name of named(text)) {
    if (known.has(name)) continue;
    await view(database, name, signal);
    known.add(name);
  }
  say("Running …");
  return database.connection.query(text);
}

async function run(agreed) {
  if (running) return;
  const text = source.text;
  clear();
  const n = need(text);
  if (!agreed && n.bytes + n.database > asksAbove) {
    say("");
    element("sql-asked").textContent = "This query loads " + cost(n) + ".";
    element("sql-ask").hidden = false;
    element("sql-yes").focus();
    return;
  }
  running = new AbortController();
  const signal = running.signal;
  element("sql-run").disabled = true;
  element("sql-stop").hidden = false;
  const at = new URL(location);
  if (text !== stated) at.search = "";
  stated = text;
  at.hash = address(text);
  history.replaceState(null, "", at);
  const started = performance.now();
  try {
    const stopped = new Promise((_, no) => signal.addEventListener("abort", () => no(new Error("stopped"))));
    const result = await Promise.race([answer(text, signal), stopped]);
    const columns = columnsOf(result);
    last = { text, result, columns };
    element("sql-results").hidden = false;
    element("sql-draw").hidden = !files.echarts;
    await show(last);
    const names = named(text);
    element("sql-from").textContent = names.length ? "From " + names.map(coverage).join("; ") + "." : "";
    say(`Done in ${((performance.now() - started) / 1000).toFixed(1)} s: ${counted(result.numRows, "row", "rows")}.`);
  } catch (error) {
    if (signal.aborted) {
      say("Stopped.");
    } else {
      say("");
      fail(error, text);
      if (opened) opened.catch(() => (opened = undefined)); // so that the next run tries again
    }
  }
  running = undefined;
  element("sql-run").disabled = false;
  element("sql-stop").hidden = true;
  estimate();
}

// stop ends the database with its query: nothing less interrupts one.
function stop() {
  if (opened) opened.then((database) => database.worker.terminate(), () => {});
  opened = undefined;
  known = new Set();
  if (running) running.abort();
}

function save(content, type, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

// asParquet has DuckDB run the query once more, into a file.
async function asParquet(text) {
  const { db, connection } = await opened;
  await connection.query(`COPY (${text.replace(/[;\s]+$/, "")}\n) TO 'result.parquet' (FORMAT PARQUET)`);
  const content = await db.copyFileToBuffer("result.parquet");
  await db.dropFile("result.parquet");
  return content;
}

// chartShown reports whether there is a chart.
function chartShown() {
  element("sql-chart").hidden = !undraw;
  element("sql-draw").setAttribute("aria-expanded", String(!!undraw));
  element("sql-draw").textContent = undraw ? "Hide the chart" : "Show as a chart";
}

async function toggleChart() {
  const place = element("sql-chart");
  if (undraw) {
    undraw();
    undraw = undefined;
  } else {
    const { plan, draw } = await module("chart");
    const { result, columns } = last;
    const p = plan(columns, result.numRows, (r, c) => columns[c].value(r));
    element("sql-why").textContent = p.why ? "There is no chart. " + p.why : "";
    if (p.why) return;
    place.hidden = false;
    try {
      undraw = await draw(place, new URL(files.echarts, document.baseURI).href, p);
    } catch (error) {
      element("sql-why").textContent = "There is no chart: " + error.message + ".";
    }
  }
  chartShown();
}

// The address holds the name of an example or of a question, or a query.

let queries; // promise of the questions' queries by slug

async function query(slug) {
  const example = document.querySelector(`details.query[id="${CSS.escape(slug)}"] code`);
  if (example) return example.textContent;
  queries = queries || fetched(new URL(files.questions, document.baseURI)).then((r) => r.json()).then((all) => new Map(all.map((q) => [q.Slug, q.SQL])));
  return (await queries).get(slug);
}

let chosen = { slug: "", text: "" }; // what the editor was filled with

const address = (text) => (chosen.slug && text === chosen.text ? chosen.slug : "sql=" + encodeURIComponent(text).replace(/[()']/g, (c) => "%" + c.charCodeAt(0).toString(16)));

async function choose(slug) {
  const text = /^[a-z0-9_-]+$/.test(slug) ? await query(slug).catch((e) => { queries = undefined; say(e.message); }) : undefined;
  if (text === undefined) return;
  chosen = { slug, text };
  source.text = text;
  element("sql-question").value = slug;
  history.replaceState(null, "", "#" + slug);
  estimate();
}

async function restore() {
  const hash = location.hash.slice(1);
  if (!hash.startsWith("sql=")) return choose(hash);
  try {
    source.text = decodeURIComponent(hash.slice(4));
    element("sql-question").value = "";
  } catch {
    say("The address holds no query that can be read.");
  }
  estimate();
}

// dictionary reads the tables of the page, for the editor.
let read;
function dictionary() {
  read = read || [...document.querySelectorAll("details.dictionary")].map((d) => {
    const [name, ...meaning] = d.querySelector("summary").textContent.split(": ");
    return { name, meaning: meaning.join(": "), columns: [...d.querySelectorAll("tbody tr")].map((tr) => {
      const [column, about, unit, type] = [...tr.cells].map((cell) => cell.textContent);
      return { name: column, meaning: about, unit, type };
    }) };
  });
  return read;
}

let waiting;
function changed() {
  clearTimeout(waiting);
  waiting = setTimeout(estimate, 300);
}

element("sql-form").addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
element("sql-text").addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    run();
  }
});
element("sql-text").addEventListener("input", changed);
element("sql-stop").addEventListener("click", stop);
element("sql-yes").addEventListener("click", () => run(true));
element("sql-no").addEventListener("click", () => {
  element("sql-ask").hidden = true;
  element("sql-run").focus();
});
element("sql-link").addEventListener("click", async () => {
  const link = new URL(location.href);
  if (source.text !== stated) link.search = "";
  link.hash = address(source.text);
  try {
    await navigator.clipboard.writeText(link.href);
    say("The link has been copied.");
  } catch {
    say("The link to this query: " + link.href);
  }
});
element("sql-csv").addEventListener("click", () => save(asCSV(last), "text/csv", "result.csv"));
element("sql-parquet").addEventListener("click", () => asParquet(last.text).then((content) => save(content, "application/vnd.apache.parquet", "result.parquet"), (error) => fail(error, "")));
element("sql-draw").addEventListener("click", toggleChart);
element("sql-question").addEventListener("change", (event) => choose(event.target.value));
for (const link of document.querySelectorAll("a[data-load]")) {
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    await choose(link.hash.slice(1));
    element("sql-question").scrollIntoView();
    element("sql-run").focus({ preventScroll: true });
  });
}
window.addEventListener("hashchange", restore);
window.tidemarkSQL = { tables, named, csv: () => (last ? asCSV(last) : ""), parquet: () => asParquet(last.text) };

element("sql-form").hidden = false;
if (files.codemirror) {
  try {
    const { editor } = await module("editor");
    source = await editor(files.codemirror, element("sql-editor"), element("sql-text"), { dictionary, named, run, changed });
  } catch {
    // The textarea stays.
  }
}
await restore();
stated = source.text;
estimate();
element("sql-form").dataset.ready = "";
if (location.protocol === "file:") say("A page opened from disk cannot start the database: serve the folder with a web server, for example with tidemark serve.");
