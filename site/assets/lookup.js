// Any AS and any prefix, from the scripts that site/lookup makes. They are scripts, because a page that is opened from a disk may load
// scripts but not JSON. window.network answers; it shows nothing.
(() => {
  "use strict";

  const root = new URL("../", document.currentScript.src);
  const loaded = new Map();

  function load(path, query) {
    const url = new URL(path + ".js", root);
    url.search = query;
    if (!loaded.has(url.href)) {
      loaded.set(url.href, new Promise((done, failed) => {
        const script = document.createElement("script");
        script.src = url.href;
        script.onload = done;
        script.onerror = () => { loaded.delete(url.href); failed(new Error("cannot load " + path + ".js; reload the page")); };
        document.head.append(script);
      }));
    }
    return loaded.get(url.href);
  }

  // The index changes with the data, and no page with it: so its address has the hour, and those of the others what they are made of.
  async function index(path, name) {
    if (!window[name]) await load(path, "h=" + Math.floor(Date.now() / 3600000));
    return window[name];
  }
  const main = () => index("lookup/index", "lookupIndex");

  async function shard(folder, key, version) {
    await load(folder + key, "v=" + version);
    return window.lookup[folder.replace(/^lookup\/(as|prefix)\//, "$1/") + key];
  }

  // last returns the place of the last key that is not after what is looked for; -1 if there is none.
  function last(keys, after) {
    let low = 0, high = keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (after(keys[middle])) high = middle;
      else low = middle + 1;
    }
    return low - 1;
  }

  // fields undoes what lines of site/lookup/shard.go does.
  function fields(text) {
    let before = [];
    return !text ? [] : text.split("\n").map((line) => {
      const now = line.split(" ");
      now[0] = (before[0] || "").slice(0, parseInt(now[0][0], 36)) + now[0].slice(1);
      for (let i = 1; i < Math.max(now.length, before.length); i++) if (!now[i]) now[i] = before[i];
      return (before = now);
    });
  }

  const count = (text) => (text === "-" ? null : Number(text));

  // Addresses

  function parseV4(text) {
    const parts = text.split(".");
    if (parts.length !== 4 || !parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) < 256)) return null;
    return parts.reduce((sum, p) => sum * 256n + BigInt(p), 0n);
  }

  function parseV6(text) {
    const halves = text.toLowerCase().split("::");
    if (halves.length > 2) return null;
    const groups = halves.map((half) => {
      if (half === "") return [];
      const all = half.split(":");
      const v4 = all[all.length - 1].includes(".") ? parseV4(all.pop()) : undefined;
      if (v4 === null) return [""];
      return v4 === undefined ? all : [...all, (v4 >> 16n).toString(16), (v4 & 65535n).toString(16)];
    });
    const given = groups.flat().length;
    if (!groups.flat().every((g) => /^[0-9a-f]{1,4}$/.test(g)) || (halves.length === 2 ? given > 7 : given !== 8)) return null;
    const zeros = halves.length === 2 ? Array(8 - given).fill("0") : [];
    return [...groups[0], ...zeros, ...(groups[1] || [])].reduce((sum, g) => sum * 65536n + BigInt("0x" + g), 0n);
  }

  // parse returns a prefix, or an address as that of it alone; null for anything else.
  function parse(text) {
    const m = /^([0-9a-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text.trim());
    if (!m) return null;
    const v6 = m[1].includes(":");
    const value = v6 ? parseV6(m[1]) : parseV4(m[1]);
    const width = v6 ? 128 : 32;
    const bits = m[2] === undefined ? width : Number(m[2]);
    if (value === null || bits > width) return null;
    const rest = BigInt(width - bits);
    return { v6, bits, width, value: (value >> rest) << rest, address: m[2] === undefined };
  }

  const before = (a, b) => (a.v6 !== b.v6 ? b.v6 : a.value !== b.value ? a.value < b.value : a.bits < b.bits);
  const covers = (a, b) => a.v6 === b.v6 && a.bits <= b.bits && (a.value >> BigInt(a.width - a.bits)) === (b.value >> BigInt(a.width - a.bits));

  function write(p) {
    if (!p.v6) return [24n, 16n, 8n, 0n].map((s) => (p.value >> s) & 255n).join(".") + "/" + p.bits;
    const groups = [...Array(8)].map((_, i) => ((p.value >> BigInt(112 - 16 * i)) & 65535n).toString(16));
    let [from, length] = [-1, 1];
    for (let i = 0; i < 8; i++) {
      let n = 0;
      while (groups[i + n] === "0") n++;
      if (n > length) [from, length] = [i, n];
    }
    const text = from < 0 ? groups.join(":") : groups.slice(0, from).join(":") + "::" + groups.slice(from + length).join(":");
    return text + "/" + p.bits;
  }

  // Answers

  function routesOf(data) {
    return data.routes ||= fields(data.rows).map(([prefix, origin, carried, state, holder, reason, specifics]) => {
      const s = data.states[state];
      const text = (at) => (at === "-" ? "" : data.texts[at]);
      const own = prefix + "-" + prefix.split("/")[1] + " AS" + origin;
      return { ...s, prefix, at: parse(prefix), origin: Number(origin), name: data.names[origin] || "", carried: count(carried),
        holder: text(holder), payload: reason === "=" ? own : text(reason), specifics: Number(specifics) };
    });
  }

  const mostScripts = 3; // that are loaded for more specific prefixes
  const key = (prefix) => prefix.replace("/", "_").replaceAll(":", "-");

  // prefix returns the routes of a prefix, those that cover it, and the first of those inside; of an address, those of the most specific
  // prefix that covers it.
  async function prefix(text) {
    const asked = parse(text);
    if (!asked) return null;
    const all = await main();
    const answer = { index: all, basis: all.families[asked.v6 ? "6" : "4"], asked: asked.address ? text.trim() : "", at: asked, routes: [], covering: [], inside: [], specifics: null };
    answer.block = all.blocks.find((b) => covers(parse(b.prefix), asked));
    let from = last(all.prefixes, (k) => before(asked, parse(k)));
    const routes = from < 0 ? [] : routesOf(await shard("lookup/prefix/", key(all.prefixes[from]), all.version));
    const above = routes.filter((r) => covers(r.at, asked));
    if (asked.address && above.length) {
      const longest = Math.max(...above.map((r) => r.at.bits));
      answer.at = above.find((r) => r.at.bits === longest).at;
    }
    const at = answer.at;
    answer.prefix = write(at);
    answer.routes = above.filter((r) => r.at.bits === at.bits);
    answer.covering = above.filter((r) => r.at.bits < at.bits).sort((a, b) => b.at.bits - a.at.bits);
    if (answer.routes.length) answer.specifics = answer.routes[0].specifics;
    const seen = new Set();
    from = Math.max(0, last(all.prefixes, (k) => before(at, parse(k))));
    answer.complete = false;
    for (let i = from; i < from + mostScripts; i++) {
      answer.complete = i === all.prefixes.length || (i > from && !covers(at, parse(all.prefixes[i])));
      if (answer.complete) break;
      for (const r of routesOf(await shard("lookup/prefix/", key(all.prefixes[i]), all.version))) {
        const id = r.prefix + " " + r.origin + (r.set || "");
        if (r.at.bits > at.bits && covers(at, r.at) && !seen.has(id)) {
          seen.add(id);
          answer.inside.push(r);
        }
      }
    }
    return answer;
  }

  // as returns what is known of an AS; its item is missing where nothing is.
  async function as(number) {
    const all = await main();
    const answer = { index: all, asn: number, reserved: all.numbers.find((r) => number >= r.first && number <= r.last), routes: [], links: [], names: {} };
    const first = (k) => Number(k.split("-")[0]);
    for (let i = Math.max(0, last(all.ases, (k) => first(k) >= number)); i < all.ases.length && first(all.ases[i]) <= number; i++) {
      const data = await shard("lookup/as/", all.ases[i], all.version);
      Object.assign(answer.names, data.names);
      for (const item of data.ases.filter((d) => d.asn === number)) {
        if (!item.part) answer.item = item;
        for (const [p, carried, state] of fields(item.rows)) answer.routes.push({ prefix: p, carried: count(carried), ...data.states[state] });
        for (const [asn, family, relation, basis, paths, vantages] of fields(item.links)) {
          answer.links.push({ asn: Number(asn), family, relation: data.texts[relation], basis: data.texts[basis], paths: Number(paths), vantages: Number(vantages) });
        }
      }
    }
    return answer;
  }

  // titles returns what has words that begin like those typed, as [word, key, title, note, path].
  async function titles(firsts, folder, version, typed) {
    const words = typed.toLowerCase().split(/[^a-z0-9]+/).filter(Boolean);
    const longest = words.reduce((a, b) => (b.length > a.length ? b : a), "");
    if (longest.length < 2) return [];
    const from = Math.max(0, last(firsts, (k) => k > longest));
    const found = [];
    for (let i = from; i < Math.min(from + 2, firsts.length) && (i === from || firsts[i].startsWith(longest)); i++) found.push(...await shard(folder, firsts[i], version));
    const met = new Set();
    return found.filter(([word, k, text]) => {
      const has = text.toLowerCase().split(/[^a-z0-9]+/).concat(k);
      return word.startsWith(longest) && words.every((w) => has.some((h) => h.startsWith(w))) && !met.has(k) && met.add(k);
    }).sort((a, b) => (b[0] === longest) - (a[0] === longest));
  }

  const names = async (typed) => {
    const all = await main();
    return titles(all.words, "lookup/names/", all.version, typed);
  };
  const rfcs = async (typed) => {
    const all = await index("rfcs/words/index", "rfcWords");
    return titles(all.words, "rfcs/words/", all.version, typed);
  };

  window.network = { as, prefix, parse, names, rfcs, root };
})();
