// What the search field answers besides pages by their titles: numbers, prefixes, addresses, RFCs, drafts, names, synonyms and typing
// errors; and why there is no answer. window.resolve returns results as page.js shows them.
(() => {
  "use strict";

  const nothing = (title, note, href) => ({ kind: "", title, note: note || "", href: href || "" });
  const failed = () => [];

  async function ofAS(number, root, has) {
    const href = root + "as/index.html?n=" + number;
    if (!has.lookup) return [];
    const { item, reserved, index } = await window.network.as(number);
    if (!item) return [nothing(`No table of these data has AS${number}${reserved ? " (" + reserved.what + ")" : ""}`, "dumps of " + index.time.slice(0, 10), href)];
    const counts = ["4", "6"].filter((f) => item.families && item.families[f]).map((f) => item.families[f][0].toLocaleString("en") + " IPv" + f);
    return [nothing("AS" + number + (item.name ? " " + item.name : ""), `Network: ${counts.length ? counts.join(" and ") + " prefixes" : "no prefix"} on ${index.time.slice(0, 10)}`, href)];
  }

  async function ofPrefix(typed, root, has) {
    if (!has.lookup) return [];
    const answer = await window.network.prefix(typed);
    const href = root + "prefix/index.html?p=" + encodeURIComponent(typed);
    const on = " on " + answer.index.time.slice(0, 10);
    if (answer.routes.length) {
      const origins = answer.routes.slice(0, 3).map((r) => (r.origin ? "AS" + r.origin + (r.name ? " " + r.name : "") : r.set)).join(", ");
      return [nothing(answer.prefix, (answer.asked ? answer.asked + " is in this prefix: " : "Prefix: ") + origins + on, href)];
    }
    const why = answer.block ? ` (special-purpose: ${answer.block.what})` : "";
    const near = answer.covering[0];
    return [nothing(`No table of these data has ${answer.asked || answer.prefix}${why}`, near ? "covered by " + near.prefix + on : "dumps of " + answer.index.time.slice(0, 10), href)];
  }

  const rfcEntry = (root) => ([, number, title, note]) => ({ kind: "Standard", title: "RFC " + number + ": " + title, note, href: root + "rfc/" + number + ".html" });

  async function ofRFC(number, root, has) {
    if (!has.rfcs) return [];
    const found = (await window.network.rfcs(number)).filter((row) => row[1].startsWith(number)).sort((a, b) => a[1] - b[1]);
    return found.length ? found.slice(0, 5).map(rfcEntry(root)) : [nothing(`The RFC index of these data has no RFC ${number}`, "", root + "rfcs/index.html")];
  }

  // distance returns how many letters are to be put in, left out, changed or exchanged with the next; more than most if it is more.
  function distance(a, b, most) {
    if (Math.abs(a.length - b.length) > most) return most + 1;
    let [older, old] = [[], [...Array(b.length + 1).keys()]];
    for (let i = 1; i <= a.length; i++) {
      const now = [i];
      for (let j = 1; j <= b.length; j++) {
        now[j] = Math.min(old[j] + 1, now[j - 1] + 1, old[j - 1] + (a[i - 1] !== b[j - 1]));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) now[j] = Math.min(now[j], older[j - 2] + 1);
      }
      [older, old] = [old, now];
    }
    return old[b.length];
  }

  // corrected returns what was typed with each unknown word replaced by the nearest of the titles; "" if one has none.
  function corrected(typed, all) {
    const known = new Map();
    for (const d of all) for (const w of d.head.split(/[^a-z0-9]+/)) if (w.length > 2) known.set(w, (known.get(w) || 0) + 1);
    for (const w of Object.keys(window.searchSynonyms || {})) known.set(w, 1);
    const words = typed.toLowerCase().split(/\s+/).filter(Boolean).map((word) => {
      if (known.has(word) || all.some((d) => d.text.includes(word))) return word;
      const most = word.length < 4 ? 0 : word.length < 7 ? 1 : 2;
      let [best, at] = ["", most + 1];
      for (const [w, times] of known) {
        const d = distance(word, w, most);
        if (d < at || (d === at && d <= most && times > known.get(best))) [best, at] = [w, d];
      }
      return best;
    });
    return words.every(Boolean) ? words.join(" ") : "";
  }

  // synonyms returns the pages that words stand for which are in no title.
  function synonyms(typed, all) {
    const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
    const table = window.searchSynonyms || {};
    const paths = [typed.toLowerCase().trim(), ...words].flatMap((w) => table[w] || table[w.replace(/(?:ing|ed|s)$/, "")] || []);
    return paths.map((path) => all.find((d) => d.path === path)).filter(Boolean);
  }

  // has says which indexes the site has; find returns the pages that have the words.
  window.resolve = async (typed, all, find, root) => {
    const text = typed.trim();
    const has = window.searchHas || {};
    if (!text) return [];
    const first = [], later = [];
    const m = (pattern) => (pattern.exec(text) || [])[1];
    const asn = m(/^(?:asn?[\s-]*)?(\d{1,10})$/i);
    const rfc = m(/^(?:rfc[\s-]*)?0*(\d{1,5})$/i);
    const draft = m(/^(draft-[a-z0-9._+-]+?)(?:-\d\d)?(?:\.txt)?$/i);
    const address = /[.:]/.test(text) && window.network.parse(text);
    if (asn) first.push(...all.filter((d) => d.path === "networks/as" + Number(asn) + ".html"));
    if (asn && Number(asn) < 4294967296) first.push(...await ofAS(Number(asn), root, has).catch(failed));
    if (rfc && rfc !== "0") first.push(...await ofRFC(rfc, root, has).catch(failed));
    if (address) first.push(...await ofPrefix(text, root, has).catch(failed));
    const pages = find(all, text);
    if (/^[a-z]{2}$/i.test(text)) first.push(...all.filter((d) => d.kind === "Country" && d.words === text.toUpperCase()));
    if (draft && !pages.length) first.push({ kind: "", title: draft.toLowerCase(), note: "no draft of these data – at the IETF Datatracker", outside: true, href: "https://datatracker.ietf.org/doc/" + draft.toLowerCase() + "/" });
    const meant = synonyms(text, all);
    if (!asn && !address && !draft && text.length > 2) {
      if (has.lookup) later.push(...(await window.network.names(text).catch(failed)).slice(0, 4).map(([, n, name]) => nothing("AS" + n + " " + name, "Network", root + "as/index.html?n=" + n)));
      if (has.rfcs) later.push(...(await window.network.rfcs(text).catch(failed)).slice(0, 20).map(rfcEntry(root)));
    }
    const met = new Set();
    let found = [...first, ...meant, ...pages, ...later].filter((d) => !met.has(d.title + d.href) && met.add(d.title + d.href));
    if (!found.length) {
      const other = corrected(text, all);
      if (other && other !== text.toLowerCase()) found = [...synonyms(other, all), ...find(all, other)].map((d) => ({ ...d, note: d.note + ", for “" + other + "”" }));
    }
    return found.length ? found : [nothing(`Nothing here is called “${text}”`, "Try an AS number, a prefix, a country, an RFC, or a word such as hijack", root + "search.html?q=" + encodeURIComponent(text))];
  };
})();
