// The pages of any AS and of any prefix: what lookup.js finds, as text. Names come from outside and are only ever text.
(() => {
  "use strict";

  const place = document.getElementById("network");
  const form = document.getElementById("ask");
  const field = form.querySelector("input");
  const isAS = place.dataset.kind === "as";
  const root = place.dataset.root;
  const blank = [...place.childNodes];
  const most = 50; // rows of a table that are shown at first

  const el = (tag, attributes, ...children) => {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) e.setAttribute(name, value);
    e.append(...children);
    return e;
  };
  const group = (n) => Math.round(n).toLocaleString("en");
  const plural = (n, one, many) => (n === 1 ? "1 " + one : group(n) + " " + many);
  const day = (text) => el("span", { class: "day" }, text.slice(0, 16).replace("T", " "));
  const asLink = (n, name) => el("a", { href: root + "as/index.html?n=" + n }, "AS" + n + (name ? " " + name : ""));
  const prefixLink = (p) => el("a", { href: root + "prefix/index.html?p=" + encodeURIComponent(p) }, p);
  const list = (text) => text.replaceAll(",", ", ");

  function facts(pairs) {
    return el("dl", { class: "facts" }, ...pairs.filter(Boolean).map(([name, ...value]) => el("div", {}, el("dt", {}, name), el("dd", { dir: "auto" }, ...value))));
  }

  function table(caption, heads, rows, id) {
    const body = el("tbody");
    const head = el("tr", {}, ...heads.map((h) => el("th", h.startsWith("#") ? { scope: "col", class: "n" } : { scope: "col" }, h.replace("#", ""))));
    const box = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table: " + caption, ...(id && { id }) },
      el("table", {}, el("caption", {}, caption), el("thead", {}, head), body));
    let shown = 0;
    const more = el("button", { type: "button" });
    const show = (n) => {
      for (; shown < Math.min(n, rows.length); shown++) {
        body.append(el("tr", {}, ...rows[shown]().map((cell, i) => el("td", heads[i].startsWith("#") ? { class: "n" } : { dir: "auto" }, cell))));
      }
      more.textContent = "Show all " + group(rows.length);
      more.hidden = shown === rows.length;
    };
    more.addEventListener("click", () => show(rows.length));
    show(most);
    return [box, el("p", {}, more)].slice(0, more.hidden ? 1 : 2);
  }

  const reach = (carried, basis) => {
    if (carried === null || basis.full_feeds === null) return "unknown: the table names no peers";
    return group(carried) + " of " + group(basis.full_feeds);
  };
  const short = (carried, basis) => reach(carried, basis).replace(/:.*/, ""); // in a table
  const bogon = (r) => (r.bogon === "none" ? "no" : r.bogon === "unknown" ? "unknown" : r.bogon.replaceAll("-", " "));
  const origin = (r) => (r.origin ? asLink(r.origin, r.name) : r.set || "none");

  // basis says by what the routes of a family are judged.
  function basis(index, family) {
    const b = index.families[family];
    if (!b) return "No table of IPv" + family + " is at hand.";
    const feeds = b.full_feeds === null ? "the table does not name its peers, so visibility is unknown" : plural(b.full_feeds, "full feed", "full feeds") + " of " + plural(b.full_feed_ases, "AS", "ASes");
    const payloads = b.payloads ? "ROA payloads of " + list(b.payloads) + (b.anchors ? ", trust anchors of " + list(b.anchors) : "") : "no ROA payloads of that day are at hand, so the state of validation is unknown";
    const registries = b.registries ? "address registries of " + list(b.registries) : "no address registry is at hand";
    const unknown = b.unknown_rov && b.payloads ? "; " + group(b.unknown_rov) + " of " + group(b.routes) + " routes have no known state" : "";
    return `IPv${family}: ${group(b.routes)} routes in the dumps of ${index.time.slice(0, 16).replace("T", " ")} UTC; ${feeds}; ${payloads}${unknown}; ${registries}.`;
  }

  // AS

  function family(index, answer, f) {
    const t = answer.item.families && answer.item.families[f];
    const title = el("h2", { id: "ipv" + f }, "IPv" + f);
    if (!t) return [title, el("p", {}, `Originates no IPv${f} prefix in the dumps of ${index.time.slice(0, 10)}.`)];
    const [prefixes, span, valid, invalid, notFound, unknown, bogons, unjudged, moas, left] = t;
    const total = valid + invalid + notFound + unknown;
    const of = (n) => (unknown === total ? "unknown" : group(n) + " of " + group(total));
    return [title, facts([
      ["Prefixes", group(prefixes)],
      [f === "4" ? "Addresses, each once" : "/64s, each once", group(span)],
      ["ROV valid", of(valid)], ["ROV invalid", of(invalid)], ["No ROA found", of(notFound)],
      unknown && unknown < total ? ["ROV unknown", of(unknown)] : null,
      ["Bogons", unjudged === total ? "unknown" : group(bogons) + (unjudged ? ", " + group(unjudged) + " unknown" : "")],
      ["With other origins too", group(moas)],
      left ? ["Left out of the totals", group(left)] : null,
    ])];
  }

  function drawAS(answer) {
    const { index, item, asn } = answer;
    const out = [];
    if (!item) {
      const why = answer.reserved ? " (" + answer.reserved.what + ")" : "";
      return [el("h1", {}, "AS" + asn), el("p", { class: "answer" }, `No table, path or list of these data has AS${asn}${why}.`),
        el("p", { class: "aside" }, "Looked for in the dumps of ", day(index.time), " UTC" + (index.names ? " and the names of " + index.names : "") + ".")];
    }
    out.push(el("h1", { dir: "auto" }, "AS" + asn + (item.name ? " " + item.name : "")));
    const four = (item.families || {})["4"], six = (item.families || {})["6"];
    const says = [[four, "IPv4"], [six, "IPv6"]].filter(([t]) => t).map(([t, name]) => plural(t[0], name + " prefix", name + " prefixes"));
    out.push(el("p", { class: "answer" }, says.length ? "Originates " + says.join(" and ") + " in the dumps of " : "Originates no prefix in the dumps of ", day(index.time), " UTC."));
    const full = document.querySelector(`[data-watched="${asn}"]`);
    if (full) out.push(el("p", {}, el("a", { href: full.getAttribute("href") }, "The page of this network"), " has its history, events and checks."));
    out.push(facts([
      ["Registration", item.holder ? item.holder + " (file of " + item.day + ")" : "unknown"],
      ["Name", item.name ? item.name + " (list of " + index.names + ")" : "unknown"],
      answer.reserved ? ["Special", answer.reserved.what] : null,
      ["ASPA", !index.aspas ? "unknown: no ASPAs of the time are at hand" : !item.aspa ? "none on " + index.aspas : item.aspa.join() === "0" ? "says that it has no providers (" + index.aspas + ")" : "lists " + item.aspa.map((n) => "AS" + n).join(", ") + " (" + index.aspas + ")"],
    ]));
    const here = ["4", "6"].flatMap((f) => [["ipv" + f, "IPv" + f], ["neighbours-ipv" + f, `IPv${f} neighbours`]]);
    out.push(el("nav", { "aria-label": "On this page" }, el("ul", { class: "here" }, ...here.map(([id, text]) => el("li", {}, el("a", { href: `?n=${asn}#${id}` }, text))))));
    for (const f of ["4", "6"]) {
      out.push(...family(index, answer, f));
      const routes = answer.routes.filter((r) => r.prefix.includes(":") === (f === "6"));
      if (routes.length) {
        out.push(...table(`IPv${f} prefixes that it originates`, ["Prefix", "ROV", "#Full feeds that carry it", "Verdict", "Bogon"], routes.map((r) => () =>
          [prefixLink(r.prefix), r.rov.replaceAll("-", " "), short(r.carried, index.families[f]), r.verdict + (r.moas ? ", several origins" : "") + (r.left_out ? "; left out: " + r.left_out : ""), bogon(r)])));
      }
      const near = (item.near || {})[f];
      if (!near) out.push(el("p", { id: "neighbours-ipv" + f }, index.links ? `No path of the dumps shows an IPv${f} neighbour.` : `Neighbours over IPv${f} are unknown: no paths of the time are at hand.`));
      else {
        const total = near.reduce((a, b) => a + b, 0);
        const links = answer.links.filter((l) => l.family === f);
        out.push(...table(`IPv${f} neighbours: ${near.map((n, i) => plural(n, ["provider", "peer", "customer", "of unknown relation"][i], ["providers", "peers", "customers", "of unknown relation"][i])).join(", ")}${links.length < total ? "; at most 50 of each are listed" : ""}`,
          ["AS", "Relation", "#Paths", "#Vantage points", "Decided by"], links.map((l) => () =>
            [asLink(l.asn, answer.names[l.asn]), l.relation, group(l.paths), group(l.vantages) + " of " + group(index.families[f] ? index.families[f].vantages : l.vantages), l.basis.replaceAll("-", " ")]), "neighbours-ipv" + f));
      }
    }
    out.push(el("h2", {}, "What the figures rest on"), ...["4", "6"].map((f) => el("p", { class: "basis" }, basis(index, f))));
    return out;
  }

  // Prefix

  const prefixHeads = ["Prefix", "Origin", "ROV", "#Full feeds that carry it", "Verdict", "Bogon", "Registration"];
  const prefixRow = (answer) => (r) => () => [prefixLink(r.prefix), origin(r), r.rov.replaceAll("-", " "), short(r.carried, answer.basis), r.verdict + (r.moas ? ", several origins" : ""), bogon(r), r.holder || "unknown"];

  function drawPrefix(answer) {
    const { index, routes, covering, inside, at } = answer;
    const f = at.v6 ? "6" : "4";
    const out = [el("h1", {}, answer.prefix)];
    const origins = routes.map((r, i) => [i ? ", " : "", origin(r)]).flat();
    if (routes.length) {
      out.push(el("p", { class: "answer" }, ...(answer.asked ? [answer.asked + " is in this prefix. "] : []), "Announced by ", ...origins, " in the dumps of ", day(index.time), " UTC."));
    } else {
      const why = answer.block ? ` (special-purpose: ${answer.block.what}, registry of ${answer.block.day})` : "";
      out.push(el("p", { class: "answer" }, `No table of these data has ${answer.asked || answer.prefix}${why}. `,
        covering.length ? "Less specific prefixes cover it." : "Nothing in the table covers it either.", " Dumps of ", day(index.time), " UTC."));
    }
    const full = document.querySelector(`[data-watched="${answer.prefix}"]`);
    if (full) out.push(el("p", {}, el("a", { href: full.getAttribute("href") }, "The page of this prefix"), " has its history, events and checks."));
    for (const r of routes) {
      const payloads = answer.basis.payloads ? "ROA payloads of " + list(answer.basis.payloads) : "no ROA payloads of that day are at hand";
      out.push(el("h2", { dir: "auto" }, r.origin ? "From AS" + r.origin + (r.name ? " " + r.name : "") : "From " + (r.set || "no origin")), facts([
        ["Route origin validation", r.rov.replaceAll("-", " ") + (r.payload ? ": " + r.payload : "") + "; " + payloads],
        ["Full feeds that carry it", reach(r.carried, answer.basis)],
        ["Verdict", r.verdict.replaceAll("-", " ")],
        ["Bogon", bogon(r) + (r.reason ? ": " + r.reason : "")],
        ["Registration", r.holder ? r.holder + (answer.basis.registries ? " (files of " + list(answer.basis.registries) + ")" : "") : "unknown"],
        r.left_out ? ["Left out of the metrics", r.left_out] : null,
      ]));
    }
    if (covering.length) out.push(el("h2", {}, "Less specific"), ...table("Routes that cover it, the most specific first", prefixHeads, covering.map(prefixRow(answer))));
    if (inside.length) {
      const listed = new Set(inside.map((r) => r.prefix)).size;
      const total = answer.complete || listed === answer.specifics ? group(listed) : "the first " + group(listed) + (answer.specifics === null ? "; there may be more" : " of " + group(answer.specifics));
      out.push(el("h2", {}, "More specific"), ...table("More specific prefixes: " + total, prefixHeads, inside.map(prefixRow(answer))));
    } else if (routes.length) out.push(el("p", {}, "No more specific prefix is in the table."));
    out.push(el("h2", {}, "What the figures rest on"), el("p", { class: "basis" }, basis(index, f)));
    return out;
  }

  function fragment() {
    try {
      return decodeURIComponent(location.hash.slice(1));
    } catch {
      return location.hash.slice(1);
    }
  }

  // What is asked stands in the address: ?n=15169 or #15169.
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
    document.title = drawn[0].textContent + " – " + document.title.split(" – ").pop();
    document.getElementById(fragment())?.scrollIntoView();
  }

  // A link to a part of the page is not a question.
  addEventListener("hashchange", () => { if (!place.contains(document.getElementById(fragment()))) show(); });
  show();
})();
