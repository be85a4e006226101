// The pages of any AS and of any prefix: what lookup.js finds, as text. Names come from outside and are only ever text.
(() => {
  "use strict";

  const place = document.getElementById("network");
  const form = document.getElementById("ask");
  const field = form.querySelector("input");
  const isAS = place.dataset.kind === "as";
  const root = place.dataset.root;
  const blank = [...place.childNodes];

  const el = (tag, attributes, ...children) => {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) e.setAttribute(name, value);
    e.append(...children);
    return e;
  };
  const group = (n) => Math.round(n).toLocaleString("en");
  const plural = (n, one, many) => (n === 1 ? "1 " + one : group(n) + " " + many);
  const longDay = (text) => new Date(text).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  const day = (text) => el("span", { class: "day" }, longDay(text));
  const asLink = (n, name) => el("a", { href: root + "as/index.html?n=" + n }, "AS" + n + (name ? " " + name : ""));
  const prefixLink = (p) => el("a", { href: root + "prefix/index.html?p=" + encodeURIComponent(p) }, p);
  const list = (text) => text.replaceAll(",", ", ");

  // table returns a table as those of the other pages are, in its box. Columns are {name, kind, facet}, with data-kind of table.js; a cell is a
  // text or a node. A column without anything is left out.
  function table(name, caption, columns, rows) {
    const has = columns.map((_, i) => rows.some((cells) => cells[i] !== ""));
    const kept = (all) => all.filter((_, i) => has[i]);
    const head = ({ name, kind, facet }) => el("th", { scope: "col", class: kind === "number" ? "n" : "short", "data-kind": kind || "text", ...(facet && { "data-facet": "" }) }, name);
    const cell = (content, { kind }, first) => el(first ? "th" : "td", { ...(first && { scope: "row" }), ...(kind === "number" ? { class: "n" } : { class: "short", dir: "auto" }) }, ...[content].flat());
    const shown = kept(columns);
    return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table: " + caption }, el("table", { "data-table": name }, el("caption", {}, caption),
      el("thead", {}, el("tr", {}, ...shown.map(head))), el("tbody", {}, ...rows.map((cells) => el("tr", {}, ...kept(cells).map((content, i) => cell(content, shown[i], i === 0)))))));
  }

  // families returns a table with a figure a row and a column for each family.
  const families = (caption, rows) => el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table: " + caption }, el("table", {}, el("caption", {}, caption),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Figure"), ...["IPv4", "IPv6"].map((f) => el("th", { scope: "col", class: "n" }, f)))),
    el("tbody", {}, ...rows.filter(Boolean).map(([name, ...values]) => el("tr", {}, el("th", { scope: "row" }, name), ...values.map((v) => el("td", { class: "n" }, v)))))));

  const section = (id, title, ...content) => [el("h2", { id }, title), ...content];

  const reach = (carried, basis) => (carried === null || basis.full_feeds === null ? "unknown" : group(carried) + " of " + group(basis.full_feeds));
  const bogon = (r) => (r.bogon === "none" ? "no" : r.bogon === "unknown" ? "unknown" : r.bogon.replaceAll("-", " "));
  const named = (asn, name) => [asLink(asn), ...(name ? [" ", el("small", {}, name)] : [])];

  // basis says by what the routes of a family are judged.
  function basis(index, family) {
    const b = index.families[family];
    if (!b) return "No table of IPv" + family + " is at hand.";
    const feeds = b.full_feeds === null ? "the table does not name its peers, so visibility is unknown" : plural(b.full_feeds, "full feed", "full feeds") + " of " + plural(b.full_feed_ases, "AS", "ASes");
    const payloads = b.payloads ? "ROA payloads of " + list(b.payloads) + (b.anchors ? ", trust anchors of " + list(b.anchors) : "") : "no ROA payloads of that day are at hand, so the state of validation is unknown";
    const registries = b.registries ? "address registries of " + list(b.registries) : "no address registry is at hand";
    const unknown = b.unknown_rov && b.payloads ? "; " + group(b.unknown_rov) + " of " + group(b.routes) + " routes have no known state" : "";
    return `IPv${family}: ${plural(b.routes, "route", "routes")} in the dumps of ${index.time.slice(0, 16).replace("T", " ")} UTC; ${feeds}; ${payloads}${unknown}; ${registries}.`;
  }

  // AS

  // totals returns how the routes of an AS are judged.
  function totals(item) {
    const both = ["4", "6"].map((f) => (item.families || {})[f]);
    const row = (name, of) => [name, ...both.map((t) => (t ? of(...t) : "0"))];
    const rov = (name, at) => row(name, (...t) => (t[5] === t[2] + t[3] + t[4] + t[5] ? "unknown" : group(t[at])));
    const some = (at) => both.some((t) => t && t[at]);
    return [
      row("Prefixes", (prefixes) => group(prefixes)),
      row("Addresses or /64s, each once", (_, span) => group(span)),
      rov("ROV valid", 2), rov("ROV invalid", 3), rov("ROV not found", 4),
      some(5) && row("ROV unknown", (...t) => group(t[5])),
      row("Bogons", (...t) => (t[7] === t[0] ? "unknown" : group(t[6]) + (t[7] ? ", " + group(t[7]) + " unknown" : ""))),
      row("With other origins", (...t) => group(t[8])),
      some(9) && row("Left out of the totals", (...t) => group(t[9])),
    ];
  }

  function neighbours({ index, item, links, names }) {
    const near = item.near || {};
    const none = (f) => (index.links ? `No path of the dumps shows an IPv${f} neighbour.` : `Neighbours over IPv${f} are unknown: no paths of the time are at hand.`);
    return section("neighbours", "Neighbours",
      ...(links.length ? [table("neighbours", "Neighbours, inferred from paths; of each relation at most 50, those that most vantage points show",
        [{ name: "AS", kind: "as" }, { name: "Family", facet: true }, { name: "Relation", facet: true }, { name: "Vantage points", kind: "number" }, { name: "Paths", kind: "number" }, { name: "Decided by" }],
        links.map((l) => [named(l.asn, names[l.asn]), "IPv" + l.family, l.relation, group(l.vantages) + " of " + group(index.families[l.family] ? index.families[l.family].vantages : l.vantages), group(l.paths), l.basis.replaceAll("-", " ")]))] : []),
      ...["4", "6"].filter((f) => !near[f]).map((f) => el("p", {}, none(f))));
  }

  function aspa({ index, item }) {
    const at = index.aspas && longDay(index.aspas);
    if (!at) return "Unknown: no ASPAs of the time are at hand.";
    if (!item.aspa) return `It has no ASPA among those of ${at}.`;
    return item.aspa.join() === "0" ? `Its ASPA of ${at} says that it has no providers.` : `Its ASPA of ${at} lists ${item.aspa.map((n) => "AS" + n).join(", ")}.`;
  }

  function drawAS(answer) {
    const { index, item, asn, routes } = answer;
    if (!item) {
      const why = answer.reserved ? " (" + answer.reserved.what + ")" : "";
      return [el("h1", {}, "AS" + asn), el("p", { class: "answer" }, `No table, path or list of these data has AS${asn}${why}.`),
        el("p", { class: "basis" }, "Looked for in the dumps of ", day(index.time), index.names ? ` and the names of ${longDay(index.names)}.` : ".")];
    }
    const both = ["4", "6"].map((f) => ((item.families || {})[f] || [0])[0]);
    const full = document.querySelector(`[data-watched="${asn}"]`);
    const here = [["numbers", "In numbers"], routes.length && ["routes", "Routes"], ["neighbours", "Neighbours"], ["aspa", "ASPA"]].filter(Boolean);
    const near = ["Providers", "Peers", "Customers", "Relation unknown"].map((name, i) => [name, ...["4", "6"].map((f) => ((item.near || {})[f] ? group(item.near[f][i]) : index.links ? "no path" : "unknown"))]);
    return [
      el("h1", {}, "AS" + asn + " ", el("small", { dir: "auto" }, item.name || "")),
      el("p", { class: "answer", dir: "auto" }, `${group(both[0])} IPv4 and ${plural(both[1], "IPv6 prefix", "IPv6 prefixes")} in the dumps of `, day(index.time),
        `; ${item.holder ? `${item.holder} (file of ${item.day})` : "its registration is unknown"}${answer.reserved ? "; " + answer.reserved.what : ""}.`),
      ...["4", "6"].map((f) => el("p", { class: "basis" }, basis(index, f))),
      ...(full ? [el("p", {}, el("a", { href: full.getAttribute("href") }, "The page of this network"), " has its history, events and checks.")] : []),
      el("nav", { "aria-label": "On this page" }, el("ul", { class: "here" }, ...here.map(([id, text]) => el("li", {}, el("a", { href: `?n=${asn}#${id}` }, text))))),
      ...section("numbers", "In numbers", el("div", { class: "pair" }, families("Its routes, by how they are judged", totals(item)), families("Where it stands among its neighbours", near))),
      ...(routes.length ? section("routes", "Routes", table("routes", "Routes that it originates",
        [{ name: "Prefix", kind: "address" }, { name: "Full feeds that carry it", kind: "number" }, { name: "Verdict", facet: true }, { name: "ROV", facet: true }, { name: "Bogon", facet: true }, { name: "Remarks", facet: true }],
        routes.map((r) => [prefixLink(r.prefix), reach(r.carried, index.families[r.prefix.includes(":") ? "6" : "4"]), r.verdict, r.rov, bogon(r), remarks(r)]))) : []),
      ...neighbours(answer),
      ...section("aspa", "Providers by ASPA", el("p", {}, aspa(answer))),
    ];
  }

  const remarks = (r) => [r.moas && "several origins", r.reason, r.left_out && "left out of metrics: " + r.left_out].filter(Boolean).join("; ");

  // Prefix

  function routesOf(name, caption, basis, routes) {
    return table(name, caption,
      [{ name: "Prefix", kind: "address" }, { name: "Origin", kind: "as" }, { name: "Full feeds that carry it", kind: "number" }, { name: "Verdict", facet: true }, { name: "ROV", facet: true }, { name: "ROA that covers it" }, { name: "Bogon", facet: true }, { name: "Registration" }, { name: "Remarks" }],
      routes.map((r) => [prefixLink(r.prefix), r.origin ? named(r.origin, r.name) : r.set || "none", reach(r.carried, basis), r.verdict, r.rov, r.payload, bogon(r), r.holder || "unknown", remarks(r)]));
  }

  function drawPrefix(answer) {
    const { index, routes, covering, inside, at } = answer;
    const out = [el("h1", {}, answer.prefix)];
    if (routes.length) {
      const origins = routes.flatMap((r, i) => [i ? ", " : "", r.origin ? asLink(r.origin, r.name) : r.set || "no AS"]);
      out.push(el("p", { class: "answer" }, ...(answer.asked ? [answer.asked + " is in this prefix. "] : []), "Announced by ", ...origins, " in the dumps of ", day(index.time), "."));
    } else {
      const why = answer.block ? ` (special-purpose: ${answer.block.what}, registry of ${answer.block.day})` : "";
      out.push(el("p", { class: "answer" }, `No table of these data has ${answer.asked || answer.prefix}${why}. `,
        covering.length ? "Less specific prefixes cover it." : "Nothing in the table covers it either.", " Dumps of ", day(index.time), "."));
    }
    out.push(el("p", { class: "basis" }, basis(index, at.v6 ? "6" : "4")));
    const full = document.querySelector(`[data-watched="${answer.prefix}"]`);
    if (full) out.push(el("p", {}, el("a", { href: full.getAttribute("href") }, "The page of this prefix"), " has its history, events and checks."));
    if (routes.length) out.push(...section("routes", "Routes", routesOf("routes", "Routes of the prefix itself", answer.basis, routes)));
    if (covering.length) out.push(...section("covering", "Covered by", routesOf("covering", "Routes that cover it, the most specific first", answer.basis, covering)));
    if (inside.length) {
      const listed = new Set(inside.map((r) => r.prefix)).size;
      const total = answer.complete || listed === answer.specifics ? group(listed) : "the first " + group(listed) + (answer.specifics === null ? "; there may be more" : " of " + group(answer.specifics));
      out.push(...section("specifics", "More specific", routesOf("specifics", "More specific prefixes: " + total, answer.basis, inside)));
    } else if (routes.length) out.push(el("p", {}, "No more specific prefix is in the table."));
    return out;
  }

  function fragment() {
    try {
      return decodeURIComponent(location.hash.slice(1));
    } catch {
      return location.hash.slice(1);
    }
  }

  // The question is in the address: ?n=15169 or #15169.
  async function show() {
    const given = new URLSearchParams(location.search).get(isAS ? "n" : "p") || fragment();
    form.hidden = false;
    if (given === "main") return;
    const asked = given.trim();
    field.value = asked;
    place.replaceChildren(...blank);
    if (!asked) return;
    let drawn;
    try {
      const digits = /^(?:as)?\s*(\d{1,10})$/i.exec(asked);
      if (isAS && digits && Number(digits[1]) < 4294967296) drawn = drawAS(await window.network.as(Number(digits[1])));
      else if (!isAS) {
        const answer = await window.network.prefix(asked);
        drawn = answer && drawPrefix(answer);
      }
      drawn ||= [el("h1", {}, isAS ? "Any AS" : "Any prefix or address"), el("p", { class: "answer" }, isAS ? `“${asked}” is not an AS number: they go from 0 to 4294967295.` : `“${asked}” is neither a prefix nor an address.`)];
    } catch (e) {
      drawn = [el("h1", {}, asked), el("p", { class: "answer" }, "The answer cannot be shown: " + e.message + ".")];
    }
    place.replaceChildren(...drawn);
    for (const t of place.querySelectorAll("table[data-table]")) window.tidemarkTable(t, undefined, t.dataset.table + ".");
    document.title = drawn[0].textContent + " – " + document.title.split(" – ").pop();
    document.getElementById(fragment())?.scrollIntoView();
  }

  // A link to a part of the page is not a question.
  addEventListener("hashchange", () => { if (!place.contains(document.getElementById(fragment()))) show(); });
  show();
})();
