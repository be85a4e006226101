// Tables: fifty rows a page, or as many as the table says, sorted, filtered, chosen by facets, and saved as CSV. The state is in the address. Rows that the page does
// not have come from the scripts that site/tableparts.go makes: scripts, because a page that is opened from a disk may load no JSON.
(() => {
  "use strict";

  const printed = 500, slice = 4000, together = 12;
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const collator = new Intl.Collator("en", { numeric: true });
  const idle = () => new Promise((done) => (window.requestIdleCallback || setTimeout)(done, { timeout: 50 }));
  const group = (text) => String(text).replace(/\B(?=(\d{3})+$)/g, ",");
  const make = (tag, props, ...children) => {
    const e = Object.assign(document.createElement(tag), props);
    e.append(...children);
    return e;
  };

  // Values. In a column of rounded numbers, what is shown stands behind the number and a bar.

  const missing = (value) => /^(|–|unknown)$/i.test(value.trim());
  const number = (text) => parseFloat(text.replace(/^[A-Z]+|[,+\s]/g, "").replace("−", "-"));
  const value = (text, kind) => (kind === "float" ? text.split("|")[0] : text);

  function shown(text, kind, names) {
    if (text === "") return "";
    if (kind === "float") return text.split("|").pop();
    if (kind === "grouped") return group(text);
    if (kind === "time") return text.slice(0, 19).replace("T", " ").replace(/(:\d\d):00$/, "$1");
    return kind === "as" ? "AS" + text + (names[text] ? " " + names[text] : "") : text;
  }

  // read is what shown was made of.
  function read(cell, kind) {
    const items = [...cell.querySelectorAll("li")];
    const text = items.length ? items.map((li) => li.textContent).join(" ") : cell.textContent;
    if (cell.dataset.value) return cell.dataset.value + "|" + text;
    if (text && kind === "grouped") return text.replace(/,/g, "");
    if (text && kind === "time") return text.replace(" ", "T") + (text.length === 16 ? ":00Z" : "Z");
    return kind === "as" ? (/^AS(\d+)/.exec(text) || ["", text])[1] : text;
  }

  // address returns a text that sorts as the address does: IPv4 before IPv6, then by address, then by length.
  function address(text) {
    const [at, bits] = text.split("/");
    const hex = (n, width) => Number(n).toString(16).padStart(width, "0");
    const length = (all) => hex(bits === undefined ? all : bits, 3);
    if (!at.includes(":")) return "4" + at.split(".").map((n) => hex(n, 2)).join("") + length(32);
    const plain = at.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => hex(a, 2) + hex(b, 2) + ":" + hex(c, 2) + hex(d, 2));
    const [head, tail] = plain.split("::").map((half) => half.split(":").filter(Boolean));
    const zeros = tail ? Array(Math.max(0, 8 - head.length - tail.length)).fill("0") : [];
    return "6" + [...head, ...zeros, ...(tail || [])].map((g) => g.padStart(4, "0")).join("") + length(128);
  }

  const keys = { as: number, number, grouped: number, float: number, address };

  // ordered merges sorted slices, so that the page answers meanwhile. It is stable.
  async function ordered(list, compare, alive) {
    let runs = [];
    for (let i = 0; i < list.length; i += slice, alive(), await idle()) runs.push(list.slice(i, i + slice).sort(compare));
    while (runs.length > 1) {
      const next = [];
      for (let n = 0; n < runs.length; n += 2, alive(), await idle()) {
        const [a, b = []] = [runs[n], runs[n + 1]], merged = [];
        for (let i = 0, j = 0; i < a.length || j < b.length;) merged.push(j === b.length || (i < a.length && compare(a[i], b[j]) <= 0) ? a[i++] : b[j++]);
        next.push(merged);
      }
      runs = next;
    }
    return runs[0] || [];
  }

  // sorted sorts rows by a column: those with the same value stay in their order, and what is unknown is last either way.
  async function sorted(rows, column, kind, down, alive) {
    const groups = new Map(), unknown = [], key = keys[kind];
    for (const row of rows) {
      const v = value(column[row], kind), known = !missing(v) && !(key === number && isNaN(number(v)));
      if (!known) unknown.push(row);
      else if (groups.has(v)) groups.get(v).push(row);
      else groups.set(v, [row]);
    }
    const all = [...groups].map(([v, list]) => [key ? key(v) : v, list]);
    const compare = key ? (a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0) : (a, b) => collator.compare(a[0], b[0]);
    return (await ordered(all, down ? (a, b) => compare(b, a) : compare, alive)).flatMap(([, list]) => list).concat(unknown);
  }

  // quoted writes a field of CSV as the downloads have it: a text that spreadsheets would read as a formula begins with an apostrophe.
  function quoted(text, guard) {
    if (guard && /^['=+\-@\t＝＋－＠]/.test(text)) text = "'" + text;
    return /^\s|[",\r\n]|^\\\.$/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  const load = (src) => new Promise((done, failed) => {
    const script = make("script", { src, onload: () => done(script.remove()), onerror: () => failed(new Error("cannot load " + src + "; reload the page")) });
    document.head.append(script);
  });

  function decode({ values, rows }) {
    let last = "";
    const at = (i) => digits.indexOf(rows[i]);
    if (rows && values.length > digits.length) return Array.from({ length: rows.length / 2 }, (_, i) => values[64 * at(2 * i) + at(2 * i + 1)]);
    if (rows) return Array.from(rows, (_, i) => values[at(i)]);
    return values.map((v) => (last = last.slice(0, parseInt(v[0], 36)) + v.slice(1)));
  }

  // enhance makes a table answer to its reader, and returns when its rows are shown. Its keys in the address begin with prefix. A source has
  // the rows of a table without any: {total, text(row, column), signal}, of which signal ends it.
  function enhance(table, prefix, source) {
    const { table: name, parts, as, bytes } = table.dataset, size = source ? 1000 : Number(table.dataset.size);
    const perPage = Number(table.dataset.rows) || 50;
    const body = table.tBodies[0], box = table.parentElement, own = [...body.rows], listening = { signal: source && source.signal };
    const total = source ? source.total : Number(table.dataset.total) || own.length, caption = table.caption.textContent;
    const versions = source ? Array(Math.ceil(total / size)) : (table.dataset.versions || "").split(" ");
    const elsewhere = parts || source;
    if (!source && (total < 3 || own.some((tr) => tr.cells.length !== table.tHead.rows[0].cells.length))) return;
    const tally = (at, kind) => { // as facetOf of site/table.go
      const n = new Map();
      for (let i = 0; i < total && n.size < 13; i++) {
        const v = source ? source.text(i, at) : read(own[i].cells[at], kind);
        n.set(v, (n.get(v) || 0) + 1);
      }
      return n.size > 1 && n.size < 13 && [...n].sort((a, b) => b[1] - a[1]);
    };
    const columns = [...table.tHead.rows[0].cells].map((head, at) => {
      const { key = head.textContent, kind = head.classList.contains("n") ? "number" : "text", facet } = head.dataset;
      return { head, at, key, kind, facet: facet !== undefined && (parts ? JSON.parse(facet) : tally(at, kind)) };
    });
    const facets = columns.filter((c) => c.facet).slice(0, 6);
    const names = {}, loaded = [];
    let data = null, texts = null, list = null, counted = null, run = 0; // data and texts: of all rows; list: those that match, null: all
    let state, applied;

    // Rows

    const given = (i) => columns.map((_, c) => Array.from({ length: Math.min(size, total - i * size) }, (_, n) => source.text(i * size + n, c)));
    const part = (i) => loaded[i] ||= source ? idle().then(() => given(i)) : load(parts + i + ".js?v=" + versions[i]).then(() => {
      const key = name + "/" + i + "@" + versions[i], got = (window.tableParts || {})[key];
      if (!got) throw new Error("the table has changed meanwhile; reload the page");
      delete window.tableParts[key];
      Object.assign(names, got.names);
      return got.columns.map(decode);
    }).catch((e) => {
      delete loaded[i];
      throw e;
    });

    async function readAll(alive) {
      if (data) return;
      if (!elsewhere) {
        data = columns.map((c) => own.map((tr) => read(tr.cells[c.at], c.kind)));
        return;
      }
      const all = [];
      bar.max = versions.length;
      for (let i = 0; i < bar.max; i += together) {
        bar.value = i;
        waiting.hidden = false;
        all.push(...await Promise.all(Array.from({ length: Math.min(together, bar.max - i) }, (_, n) => part(i + n))));
        alive();
      }
      data = columns.map((_, c) => [].concat(...all.map((p) => p[c])));
      loaded.length = 0;
    }

    // matching returns the rows that have the text and the values of the facets, and counts those that each value would leave.
    async function matching(alive) {
      const rows = [], asked = state.q.trim().toLowerCase(), counts = new Map(facets.map((c) => [c, new Map()]));
      if (asked) texts ||= [];
      for (let i = 0; i < total; i++) {
        if (i % slice === slice - 1) {
          await idle();
          alive();
        }
        if (asked) texts[i] ||= columns.map((c) => (elsewhere ? shown(data[c.at][i], c.kind, names) : own[i].cells[c.at].textContent)).join("\n").toLowerCase();
        if (asked && !texts[i].includes(asked)) continue;
        const other = facets.filter((c) => c.key in state.is && data[c.at][i] !== state.is[c.key]);
        for (const c of facets) {
          const v = data[c.at][i], n = counts.get(c);
          if (!other.length || (other.length === 1 && other[0] === c)) n.set(v, (n.get(v) || 0) + 1);
        }
        if (!other.length) rows.push(i);
      }
      return [rows, counts];
    }

    // row returns a row of the table; all are the columns that hold it, which begin with the row first.
    function row(i, all, first) {
      return own[i] || make("tr", {}, ...columns.map((c) => {
        const text = all[c.at][i - first], cell = make("td", { className: c.head.className });
        if (/text|short|long/.test(cell.className)) cell.dir = "auto";
        if (c.kind !== "as" || !text) cell.append(shown(text, c.kind, names));
        else {
          cell.append(as ? make("a", { href: as + "?n=" + text }, "AS" + text) : "AS" + text);
          if (names[text]) cell.append(" ", make("small", {}, names[text]));
        }
        return cell;
      }));
    }

    // The address

    const starts = () => (matchMedia("(max-width: 44rem)").matches && !elsewhere && /day|time/.test(columns[0].kind) ? "-" + columns[0].key : ""); // phones have the newest first
    const sorting = () => {
      const sort = state.sort === undefined ? starts() : state.sort;
      const down = sort.startsWith("-"), column = columns.find((c) => c.key === sort.slice(down));
      return column && { column, down };
    };
    function restore() {
      const asked = new URLSearchParams(location.search), get = (key) => asked.get(prefix + key);
      state = { q: get("q") || "", sort: get("sort") === null ? undefined : get("sort"), page: Math.max(1, parseInt(get("page"), 10) || 1), is: {} };
      for (const c of facets) if (get("is." + c.key) !== null) state.is[c.key] = get("is." + c.key);
    }
    function remember(push) {
      const at = new URL(location), p = at.searchParams;
      for (const key of [...p.keys()]) if (key.startsWith(prefix) && /^(q|sort|page|is\..*)$/.test(key.slice(prefix.length))) p.delete(key);
      const set = (key, text) => text && p.set(prefix + key, text);
      set("q", state.q);
      for (const key in state.is) p.set(prefix + "is." + key, state.is[key]);
      if (state.sort !== undefined) p.set(prefix + "sort", state.sort);
      set("page", state.page > 1 && state.page);
      history[push ? "pushState" : "replaceState"](null, "", at);
    }

    // What the reader uses

    const button = (text, click, label) => {
      const b = make("button", { type: "button", onclick: click }, text);
      if (label) b.ariaLabel = label;
      return b;
    };
    const field = make("input", { type: "search", autocomplete: "off", spellcheck: false });
    const choices = new Map(facets.map((c) => [c, make("select", {})]));
    const csv = button("CSV of these rows", save);
    const labelled = (text, control) => make("label", {}, make("span", {}, text), control);
    const tools = make("form", { className: "tools rows", ariaLabel: "Filter: " + caption }, labelled("Filter", field), ...facets.map((c) => labelled(c.head.textContent, choices.get(c))), csv);
    const said = make("p", { className: "said" });
    said.setAttribute("role", "status");
    const bar = make("progress", { ariaLabel: "Reading all rows" });
    const waiting = make("p", { className: "said", hidden: true }, `Reading all ${group(total)} rows${bytes ? ` (${(bytes / 1e6).toFixed(1)} MB)` : ""} `, bar, " ", button("Cancel", cancel));
    const pages = make("nav", { className: "pages", ariaLabel: "Pages of the table: " + caption });
    const where = make("span", {});
    const turn = (to) => () => {
      const last = Math.ceil((list ? list.length : total) / perPage);
      change({ page: Math.max(1, Math.min(last, to(state.page, last))) }, true);
      box.scrollTop = 0;
      if (box.getBoundingClientRect().top < 0) box.scrollIntoView();
    };
    const back = [button("First", turn(() => 1), "First page"), button("‹", turn((p) => p - 1), "Page before")];
    const on = [button("›", turn((p) => p + 1), "Next page"), button("Last", turn((_, last) => last), "Last page")];
    pages.append(...back, where, ...on);
    for (const c of columns) {
      const head = button("", () => {
        const now = sorting();
        const sort = !now || now.column !== c ? c.key : now.down ? (starts() ? "" : undefined) : "-" + c.key;
        change({ sort, page: 1 }, true);
      });
      head.className = "sort";
      c.head.dataset.name = c.head.textContent.trim(); // for print
      head.append(...c.head.childNodes);
      c.head.append(head);
    }

    function controls() {
      if (document.activeElement !== field) field.value = state.q;
      for (const [c, select] of choices) {
        const n = counted ? counted.get(c) : new Map(c.facet);
        select.replaceChildren(new Option("All", "*"), ...c.facet.map(([v]) => new Option(`${shown(v, c.kind, names) || "unknown"} (${group(n.get(v) || 0)})`, "=" + v)));
        select.value = c.key in state.is ? "=" + state.is[c.key] : "*";
      }
    }

    // show brings what is seen to the state. A newer call ends it.
    async function show() {
      const now = ++run, sort = sorting(), chosen = state.q.trim() || Object.keys(state.is).length;
      const alive = () => { if (now !== run) throw null; };
      let rows = null, counts = null;
      try {
        if (chosen || sort) {
          await readAll(alive);
          [rows, counts] = await matching(alive);
          if (sort) rows = await sorted(rows, data[sort.column.at], sort.column.kind, sort.down, alive);
        }
        const length = rows ? rows.length : total;
        const from = (Math.min(state.page, Math.max(1, Math.ceil(length / perPage))) - 1) * perPage;
        const places = rows ? rows.slice(from, from + perPage) : Array.from({ length: Math.min(perPage, total - from) }, (_, i) => from + i);
        const trs = [];
        for (const i of places) {
          const some = own[i] || data ? data : await part(Math.floor(i / size));
          alive();
          trs.push(row(i, some, data ? 0 : i - i % size));
        }
        list = rows;
        state.page = from / perPage + 1;
        body.replaceChildren(...trs);
        counted = counts;
        controls();
        const last = Math.max(1, Math.ceil(length / perPage));
        said.textContent = chosen ? `${group(length)} of ${group(total)} rows` : `${group(total)} rows`;
        where.textContent = `${group(from + 1)}–${group(from + trs.length)}, page ${group(state.page)} of ${group(last)}`;
        for (const b of back) b.ariaDisabled = String(state.page === 1);
        for (const b of on) b.ariaDisabled = String(state.page === last);
        pages.hidden = last === 1;
        for (const c of columns) {
          if (sort && sort.column === c) c.head.ariaSort = sort.down ? "descending" : "ascending";
          else c.head.removeAttribute("aria-sort");
        }
        applied = structuredClone(state);
      } catch (e) {
        if (!e) return;
        said.textContent = "The rows could not be read: " + e.message;
      }
      waiting.hidden = true;
      fit();
    }

    function change(to, push) {
      Object.assign(state, to);
      remember(push);
      return show();
    }

    function cancel() {
      state = structuredClone(applied || { q: "", page: 1, is: {} });
      field.value = state.q;
      remember();
      show();
    }

    async function save() {
      const now = run, alive = () => { if (now !== run) throw null; };
      try {
        await readAll(alive);
        const lines = [columns.map((c) => quoted(c.key)).join(",") + "\n"], rows = list || data[0].keys();
        let n = 0;
        for (const i of rows) {
          lines.push(columns.map((c) => quoted(value(data[c.at][i], c.kind), /text|address/.test(c.kind))).join(",") + "\n");
          if (++n % slice === 0) await idle();
        }
        const href = URL.createObjectURL(new Blob(lines, { type: "text/csv" }));
        const file = [name, applied.q, ...Object.entries(applied.is).flat()].filter(Boolean).join("-").replace(/[^\w.]+/g, "-").slice(0, 100);
        make("a", { href, download: file + ".csv" }).click();
        setTimeout(() => URL.revokeObjectURL(href), 60000);
      } catch (e) {
        if (e) said.textContent = "The rows could not be read: " + e.message;
      }
      waiting.hidden = true;
    }

    let typing;
    field.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => change({ q: field.value, page: 1 }), 250);
    });
    for (const [c, select] of choices) select.addEventListener("change", () => {
      const is = { ...state.is };
      delete is[c.key];
      if (select.value !== "*") is[c.key] = select.value.slice(1);
      change({ is, page: 1 }, true);
    });
    tools.addEventListener("submit", (e) => {
      e.preventDefault();
      clearTimeout(typing);
      change({ q: field.value, page: 1 }, true);
    });
    addEventListener("popstate", () => {
      restore();
      field.value = state.q;
      show();
    }, listening);
    addEventListener("beforeprint", () => {
      if (list || own.length) body.replaceChildren(...(list ? list.slice(0, printed).map((i) => row(i, data, 0)) : own));
    }, listening);
    addEventListener("afterprint", show, listening);

    // A table that fits is not in a box of its own, so that its head stays at the top of the window.
    const fit = () => box.classList.toggle("fits", table.offsetWidth <= box.clientWidth);
    box.classList.remove("tall");
    box.classList.add("paged");
    if (total > minRows) {
      box.before(tools, said, waiting);
      for (const e of document.querySelectorAll(`[data-without="${name}"]`)) e.hidden = true;
    }
    box.after(pages);
    pages.hidden = true;
    new ResizeObserver(fit).observe(box);
    restore();
    return show();
  }

  const minRows = 20; // of a table with a filter
  document.querySelectorAll("table[data-table]").forEach((table, _, all) => enhance(table, all.length > 1 ? table.dataset.table + "." : ""));
  window.tidemarkTable = (table, source, prefix = "") => enhance(table, prefix, source);
})();
