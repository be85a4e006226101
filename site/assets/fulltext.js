// The search in the texts of RFCs. The index lies in segments of a thousand RFC numbers, each with a header, and with the documents and
// the places of its terms in ranges of terms: rfcwatch/fulltext/segment.go says how they are written. A query loads the headers and the
// ranges that have its words. Words, stems, ranks and excerpts are those of rfcwatch/fulltext.
(() => {
  "use strict";

  // Stems (Porter2)

  const exceptions = new Map(Object.entries({
    skis: "ski", skies: "sky", dying: "die", lying: "lie", tying: "tie", idly: "idl", gently: "gentl", ugly: "ugli", early: "earli",
    only: "onli", singly: "singl", sky: "sky", news: "news", howe: "howe", atlas: "atlas", cosmos: "cosmos", bias: "bias", andes: "andes",
  }));
  const finished = new Set(["inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed"]);
  const doubleSuffixes = [
    ["ational", "ate"], ["ization", "ize"], ["fulness", "ful"], ["ousness", "ous"], ["iveness", "ive"], ["tional", "tion"], ["biliti", "ble"],
    ["lessli", "less"], ["entli", "ent"], ["ation", "ate"], ["alism", "al"], ["aliti", "al"], ["ousli", "ous"], ["iviti", "ive"], ["fulli", "ful"],
    ["enci", "ence"], ["anci", "ance"], ["abli", "able"], ["izer", "ize"], ["ator", "ate"], ["alli", "al"], ["bli", "ble"], ["ogi", "og"], ["li", ""],
  ];
  const singleSuffixes = [
    ["ational", "ate"], ["tional", "tion"], ["alize", "al"], ["icate", "ic"], ["iciti", "ic"], ["ative", ""], ["ical", "ic"], ["ness", ""], ["ful", ""],
  ];
  const lastSuffixes = ["ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "ion", "al", "er", "ic"];
  const vowel = /[aeiouy]/;
  const shortSyllable = (w) => /^[aeiouy][^aeiouy]$|[^aeiouy][aeiouy][^aeiouywxY]$/.test(w);

  function stem(word) {
    if (word.includes("_") && word.length > 3) return word.replace(/s$/, "");
    if (word.length <= 2 || !/^[a-z]+$/.test(word)) return word;
    if (exceptions.has(word)) return exceptions.get(word);
    let w = "";
    for (const c of word) w += c === "y" && (w === "" || vowel.test(w[w.length - 1])) ? "Y" : c;
    const region = (from) => {
      const m = /[aeiouy][^aeiouy]/.exec(w.slice(from));
      return m ? from + m.index + 2 : w.length;
    };
    const given = /^(?:gener|commun|arsen)/.exec(word);
    const r1 = given ? given[0].length : region(0);
    const r2 = region(r1);
    const cut = (n) => { w = w.slice(0, w.length - n); };

    if (w.endsWith("sses")) cut(2);
    else if (/ie[ds]$/.test(w)) cut(w.length > 4 ? 2 : 1);
    else if (/[^us]s$/.test(w) && vowel.test(w.slice(0, -2))) cut(1);
    if (finished.has(w)) return w;

    const past = /(?:eedly|ingly|edly|eed|ing|ed)$/.exec(w);
    if (past && past[0].startsWith("ee")) {
      if (past.index >= r1) cut(past[0].length - 2);
    } else if (past && vowel.test(w.slice(0, past.index))) {
      cut(past[0].length);
      if (/(?:at|bl|iz)$/.test(w)) w += "e";
      else if (/([bdfgmnprt])\1$/.test(w)) cut(1);
      else if (r1 >= w.length && shortSyllable(w)) w += "e";
    }
    if (w.length > 2 && /[^aeiouy][yY]$/.test(w)) w = w.slice(0, -1) + "i";

    for (const suffixes of [doubleSuffixes, singleSuffixes]) {
      const found = suffixes.find(([old]) => w.endsWith(old));
      if (!found) continue;
      const [old, now] = found;
      const at = w.length - old.length;
      if (at < r1 || (old === "ogi" && w[at - 1] !== "l") || (old === "li" && !/[cdeghkmnrt]/.test(w[at - 1] || "")) || (old === "ative" && at < r2)) continue;
      w = w.slice(0, at) + now;
    }
    const last = lastSuffixes.find((old) => w.endsWith(old));
    if (last) {
      const at = w.length - last.length;
      if (at >= r2 && (last !== "ion" || /[st]/.test(w[at - 1] || ""))) w = w.slice(0, at);
    }
    const n = w.length - 1;
    if (w.endsWith("e") ? n >= r2 || (n >= r1 && !shortSyllable(w.slice(0, n))) : w.endsWith("l") && n >= r2 && w[n - 1] === "l") cut(1);
    return w.toLowerCase();
  }

  // Words

  const stopWords = new Set(("a an and are as at be been but by can for from has have if in into is it its of on or such that the " +
    "their then there these they this those to was were when which will with").split(" "));
  const maxWord = 40; // bytes of UTF-8
  const stems = new Map();

  function stemOf(word) {
    if (!stems.has(word)) {
      if (stems.size >= 1 << 17) stems.clear();
      stems.set(word, stopWords.has(word) ? "" : stem(word));
    }
    return stems.get(word);
  }

  function lower(c) {
    if ((c >= 97 && c <= 122) || (c >= 48 && c <= 57)) return c;
    if (c >= 65 && c <= 90) return c + 32;
    if (c === 0xd7 || c === 0xf7 || c < 0xc0 || c > 0x24f) return 0;
    return c <= 0xde ? c + 32 : c;
  }

  // joins reports whether the character at i is a part of the word around it, as in 1.3 and AS_PATH.
  function joins(text, i) {
    const around = text[i - 1] + (text[i + 1] || "");
    return (text[i] === "." && /^[0-9]{2}$/.test(around)) || (text[i] === "_" && /^[0-9A-Za-z]{2}$/.test(around));
  }

  function words(text) {
    const all = [];
    let word = "", bytes = 0, from = 0;
    const end = (to) => {
      if (word) all.push({ stem: stemOf(word), from, to });
      word = "";
      bytes = 0;
    };
    for (let i = 0; i < text.length; i++) {
      const c = word && joins(text, i) ? text.charCodeAt(i) : lower(text.charCodeAt(i));
      if (!c) {
        end(i);
        continue;
      }
      if (!word) from = i;
      const size = c < 0x80 ? 1 : 2;
      if (bytes + size <= maxWord) {
        word += String.fromCharCode(c);
        bytes += size;
      }
    }
    end(text.length);
    return all;
  }

  // Queries

  const maxQuery = 16;

  function parseQuery(text, normative) {
    const query = { terms: [], phrases: [], normative };
    const term = (stem) => {
      if (!query.terms.includes(stem)) query.terms.push(stem);
      return query.terms.indexOf(stem);
    };
    let left = maxQuery;
    text.split('"').forEach((part, i) => {
      const typed = words(part).slice(0, left);
      left -= typed.length;
      const phrase = [];
      let first = 0;
      typed.forEach((w, at) => {
        if (!w.stem) return;
        if (!phrase.length) first = at;
        phrase.push({ term: term(w.stem), after: at - first });
      });
      if (i % 2 === 1 && phrase.length > 1) query.phrases.push(phrase);
    });
    return query;
  }

  // holds reports whether a phrase is in a passage; places are, for each term, those of its words.
  const holds = (places, phrase) => places[phrase[0].term].some((at) => phrase.every((s) => places[s.term].includes(at + s.after)));

  // The index

  const form = document.querySelector("form.fulltext");
  const segments = form.dataset.segments.split(" ");
  const waiting = new Map();
  const loaded = new Map();

  function load(name) {
    if (!loaded.has(name)) {
      const loading = new Promise((done, failed) => {
        const script = document.createElement("script");
        waiting.set(name, done);
        script.src = "text/" + name + ".js";
        script.onload = () => { script.remove(); failed(new Error("text/" + name + ".js is damaged")); }; // no effect once it is done
        script.onerror = () => failed(new Error("cannot load text/" + name + ".js"));
        document.head.append(script);
      }).then(async (data) => {
        const deflated = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
        const plain = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
        return new Uint8Array(await new Response(plain).arrayBuffer());
      });
      loading.catch(() => loaded.delete(name));
      loaded.set(name, loading);
    }
    return loaded.get(name);
  }

  const loadJSON = async (name) => JSON.parse(new TextDecoder().decode(await load(name)));

  class Reader {
    constructor(bytes) { this.bytes = bytes; this.at = 0; }
    get more() { return this.at < this.bytes.length; }
    number() {
      let n = 0;
      for (let scale = 1; ; scale *= 128) {
        const b = this.bytes[this.at++];
        if (b === undefined) throw new Error("the index is damaged");
        n += (b & 127) * scale;
        if (b < 128) return n;
      }
    }
    take(n) { this.at += n; return this.bytes.subarray(this.at - n, this.at); }
  }

  // range returns the number of the range that a term is in; -1 if it is before the first one.
  const range = (bounds, term) => bounds.findLastIndex((b) => b <= term);

  // documentsOf returns the texts that have a term, by their indexes in the segment, and where the range has the term.
  async function documentsOf(segment, term) {
    const n = range(segment.bounds, term);
    const documents = new Map();
    if (n < 0) return { documents };
    const r = new Reader(await load(`${segment.name}/documents${n}`));
    let before = new Uint8Array();
    for (let ordinal = 0; r.more; ordinal++) {
      const shared = r.number();
      const rest = r.take(r.number());
      const name = new Uint8Array(shared + rest.length);
      name.set(before.subarray(0, shared));
      name.set(rest, shared);
      before = name;
      const is = new TextDecoder().decode(name) === term;
      let at = 0;
      for (let left = r.number(); left > 0; left--) {
        at += r.number();
        const mark = r.number();
        const parts = segment.parts[at] > 1 ? r.number() : mark > 1 ? 1 : 0;
        if (is) documents.set(at, { weight: mark >> 1, inTitle: mark % 2 === 1, parts });
      }
      if (is) return { documents, range: n, ordinal };
    }
    return { documents };
  }

  // placesOf returns the places of a term in the wanted texts: by text, a map of passages.
  async function placesOf(segment, { documents, range, ordinal }, wanted) {
    const r = new Reader(await load(`${segment.name}/places${range}`));
    for (; ordinal > 0; ordinal--) r.take(r.number());
    r.number();
    const all = new Map();
    for (const at of documents.keys()) {
      const passages = new Map();
      let passage = 0;
      for (let left = r.number(); left > 0; left--) {
        const mark = r.number();
        passage += mark >> 1;
        const offsets = [];
        let offset = 0;
        for (let n = r.number(); n > 0; n--) offsets.push(offset += r.number());
        if (wanted.has(at)) passages.set(passage, { normative: mark % 2 === 1, offsets });
      }
      if (wanted.has(at)) all.set(at, passages);
    }
    return all;
  }

  let headers;
  function loadHeaders() {
    headers ||= Promise.all(segments.map(async (name) => {
      const h = await loadJSON(name + "/segment");
      let number = 0;
      return { name, bounds: h.bounds, words: h.words, parts: h.parts, titles: h.titles, obsolete: new Set(h.obsolete || []), numbers: h.numbers.map((n) => number += n) };
    }));
    headers.catch(() => { headers = undefined; });
    return headers;
  }

  // find returns the texts that have all of a query, best first.
  async function find(query) {
    if (!query.terms.length) return [];
    const all = await loadHeaders();
    const found = await Promise.all(all.map((s) => Promise.all(query.terms.map((t) => documentsOf(s, t)))));
    const frequency = query.terms.map((_, term) => found.reduce((sum, terms) => sum + terms[term].documents.size, 0));
    if (frequency.includes(0)) return [];
    const texts = all.reduce((sum, s) => sum + s.numbers.length, 0);
    const average = Math.max(Math.floor(all.reduce((sum, s) => s.words.reduce((a, b) => a + b, sum), 0) / texts), 1);
    const rarity = frequency.map((df) => Math.round(1000 * Math.log(1 + (texts - df + 0.5) / (df + 0.5))));
    const hits = await Promise.all(all.map(async (segment, i) => {
      const terms = found[i];
      const both = new Set([...terms[0].documents.keys()].filter((at) => terms.every((t) => t.documents.has(at))));
      const whole = await satisfying(query, segment, terms, both);
      return [...whole].map(([at, passage]) => {
        let score = 0;
        terms.forEach(({ documents }, term) => {
          const { weight, inTitle } = documents.get(at);
          score += Math.floor(rarity[term] * 22 * weight * average / (10 * weight * average + 3 * average + 9 * segment.words[at]));
          if (inTitle) score += Math.floor(rarity[term] * 40 / (8 + segment.titles[at]));
        });
        if (segment.obsolete.has(at)) score = Math.floor(score * 6 / 10);
        const masks = terms.map(({ documents }) => documents.get(at).parts);
        return { number: segment.numbers[at], score, passage, part: fullest(masks), text: `${segment.name}/rfc${segment.numbers[at]}-` };
      });
    }));
    return hits.flat().sort((a, b) => b.score - a.score || b.number - a.number);
  }

  // fullest returns the first of the parts that have most of the terms; masks are, for each term, the parts that have it, by bit.
  function fullest(masks) {
    let best = 0, most = 0;
    for (let part = 0; part < 24; part++) {
      const n = masks.filter((m) => (m >> part) & 1).length;
      if (n > most) [best, most] = [part, n];
    }
    return best;
  }

  // satisfying returns those of the texts that have all phrases, and all of the query in one normative paragraph if that is asked for. The
  // values are the first passage that has all of it, or the first phrase; undefined if neither is asked for.
  async function satisfying(query, segment, terms, texts) {
    if (!texts.size || (!query.phrases.length && !query.normative)) return new Map([...texts].map((at) => [at, undefined]));
    const needed = (term) => query.normative || query.phrases.some((phrase) => phrase.some((s) => s.term === term));
    const places = await Promise.all(terms.map((t, term) => needed(term) ? placesOf(segment, t, texts) : null));
    const none = [];
    const found = new Map();
    for (const at of texts) {
      const inPassage = (passage) => places.map((p) => p?.get(at).get(passage)?.offsets || none);
      const first = (term, fits) => [...places[term].get(at).keys()].find((passage) => fits(inPassage(passage), passage));
      let passage;
      if (query.normative) {
        passage = first(0, (there, passage) => places[0].get(at).get(passage).normative && there.every((offsets) => offsets.length) &&
          query.phrases.every((phrase) => holds(there, phrase)));
      } else {
        const each = query.phrases.map((phrase) => first(phrase[0].term, (there) => holds(there, phrase)));
        passage = each.includes(undefined) ? undefined : each[0];
      }
      if (passage !== undefined) found.set(at, passage);
    }
    return found;
  }

  // Excerpts

  const wordsBefore = 8, wordsShown = 40, maxPart = 600;

  // describe returns what is shown of a text that was found.
  async function describe(hit, query) {
    let { part } = hit;
    if (hit.passage !== undefined) {
      const { starts } = await loadJSON(hit.text + "0");
      part = starts.findLastIndex((start) => start <= hit.passage);
    }
    const text = await loadJSON(hit.text + part);
    const shown = { number: hit.number, title: text.title, status: text.status, obsolete: text.obsolete, replacedBy: text.replacedBy, section: "", heading: "", parts: [] };
    let best = 0;
    const consider = (section, heading, passage, normative, isHeading) => {
      const all = words(passage);
      const places = query.terms.map((term) => all.flatMap((w, at) => w.stem === term ? [at] : []));
      const terms = places.filter((p) => p.length).length;
      if (!terms) return;
      const phrases = query.phrases.filter((phrase) => holds(places, phrase)).length;
      if (query.normative && !(normative && terms === places.length && phrases === query.phrases.length)) return;
      const pairs = places.filter((_, i) => i > 0 && holds(places, [{ term: i - 1, after: 0 }, { term: i, after: 1 }])).length;
      const count = 2 * (terms + phrases + pairs) + (isHeading || !heading || /references$/i.test(heading) ? 0 : 1);
      if (count > best) {
        best = count;
        Object.assign(shown, { section, heading, parts: excerpt(passage, places, all) });
      }
    };
    for (const { number, heading, passages } of text.sections || []) {
      for (const p of passages) consider(number, heading, p.slice(1), p[0] === "!", p[0] === "#");
    }
    return shown;
  }

  // excerpt returns the words around the first term of a passage.
  function excerpt(text, places, all) {
    const marked = new Set(places.flat());
    const from = Math.max(Math.min(...marked) - wordsBefore, 0);
    const to = Math.min(from + wordsShown, all.length);
    const parts = [];
    const add = (s, marked) => {
      const folded = fold(s);
      if (folded) parts.push({ text: folded, marked });
    };
    let begin = from === 0 ? 0 : all[from].from;
    const end = to === all.length ? text.length : all[to - 1].to;
    if (from > 0) add("… ", false);
    for (let i = from; i < to; i++) {
      if (!marked.has(i)) continue;
      add(text.slice(begin, all[i].from), false);
      add(text.slice(all[i].from, all[i].to), true);
      begin = all[i].to;
    }
    add(text.slice(begin, end), false);
    if (to < all.length) add(" …", false);
    return parts;
  }

  function fold(s) {
    let folded = "", space = false, left = maxPart;
    for (const c of s) {
      if (c === " " || c === "\n" || c === "\t") {
        space = true;
        continue;
      }
      if (--left < 0) return folded + "…";
      folded += (space ? " " : "") + c;
      space = false;
    }
    return folded + (space ? " " : "");
  }

  window.rfcText = Object.assign((name, data) => waiting.get(name)?.(data), { stem, parseQuery, find, describe });

  // The page

  const field = form.querySelector("input[type=search]");
  const only = form.querySelector("input[type=checkbox]");
  const said = document.getElementById("found-note");
  const list = document.getElementById("found");
  const more = document.getElementById("found-more");
  const atOnce = 10;

  const element = (name, ...content) => {
    const e = document.createElement(name);
    e.append(...content);
    return e;
  };
  const link = (href, outside, text) => {
    const a = element("a", text);
    a.href = href;
    if (outside) a.rel = "external";
    return a;
  };

  function entry(d) {
    const there = "https://www.rfc-editor.org/rfc/rfc" + d.number;
    const title = link(`../rfc/${d.number}.html`, false, `RFC ${d.number}${d.title ? ": " + d.title : ""}`);
    title.dir = "auto";
    const about = element("small", d.status || "status unknown");
    if (d.obsolete) about.append(d.replacedBy.length ? `, obsoleted by ${d.replacedBy.map((n) => "RFC " + n).join(", ")}` : ", obsolete");
    const li = element("li", title, about);
    if (d.section || d.heading) {
      const section = element("small", "in ", link(/^[0-9A-Za-z.]+$/.test(d.section) ? `${there}#${/^\d/.test(d.section) ? "section" : "appendix"}-${d.section}` : there,
        true, [d.section, d.heading].filter(Boolean).join(" ")));
      section.dir = "auto";
      li.append(section);
    }
    if (d.parts.length) {
      const p = element("p", ...d.parts.map(({ text, marked }) => marked ? element("mark", text) : text));
      p.className = "excerpt";
      p.dir = "auto";
      li.append(p);
    }
    return li;
  }

  let current = 0; // the search whose results are shown
  async function search() {
    const mine = ++current;
    const typed = field.value.trim();
    const query = parseQuery(typed, only.checked);
    history.replaceState(null, "", typed ? "?" + new URLSearchParams(only.checked ? { q: typed, normative: "1" } : { q: typed }) : location.pathname);
    list.replaceChildren();
    more.hidden = true;
    if (!query.terms.length) {
      said.textContent = typed ? "None of these words is in the index: nearly every text has them, or they are not in a Latin script." : "";
      return;
    }
    said.textContent = "Searching…";
    try {
      const hits = await find(query);
      if (mine !== current) return;
      const show = async () => {
        const from = list.children.length;
        const next = await Promise.all(hits.slice(from, from + atOnce).map((hit) => describe(hit, query)));
        if (mine !== current || list.children.length !== from) return;
        list.append(...next.map(entry));
        more.hidden = list.children.length >= hits.length;
        if (from > 0) list.children[from].querySelector("a").focus();
      };
      await show();
      if (mine !== current) return;
      more.onclick = () => show().catch(failed);
      const where = only.checked ? "one normative paragraph of " : "";
      said.textContent = hits.length ? `In ${where}${hits.length} ${hits.length === 1 ? "text" : "texts"}` : "No text has all of this.";
    } catch (e) {
      if (mine === current) failed(e);
    }
  }
  const failed = (e) => { said.textContent = "The search failed: " + e.message; };

  form.hidden = false;
  form.addEventListener("submit", (e) => { e.preventDefault(); search(); });
  only.addEventListener("change", search);
  const asked = new URLSearchParams(location.search);
  field.value = asked.get("q") || "";
  only.checked = asked.has("normative");
  if (field.value) search();
})();
