// The figure of an incident: plays the table of known paths as a graph of ASes, from the peers on the left to the prefix on the right.
// All that it shows is in the page, so it needs no server.
(() => {
  "use strict";

  const box = document.querySelector(".play");
  const rows = [...document.querySelectorAll("table.moments tr[data-moment]")];
  if (!box || !rows.length) return;

  const moments = [];
  for (const row of rows) {
    const m = (moments[Number(row.dataset.moment)] ||= { at: Number(row.dataset.at), time: row.cells[0].textContent, by: row.cells[1].textContent, paths: [] });
    if (row.cells.length < 5) continue;
    const [prefix, peers, path] = [2, 3, 4].map((i) => row.cells[i].textContent.trim());
    const hops = [...path.split(/\s+/).filter(Boolean), prefix];
    m.paths.push({ prefix, peers: Number(peers.replaceAll(",", "")), hops: hops.filter((hop, i) => hop !== hops[i - 1]) }); // prepended once
  }

  const svgNS = "http://www.w3.org/2000/svg";
  const draw = (name, attributes, text) => {
    const e = document.createElementNS(svgNS, name);
    for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
    if (text) e.textContent = text;
    return e;
  };
  const named = (as) => (/^\d+$/.test(as) ? "AS" + as : as); // or it is an AS_SET
  const plural = (n, one, many) => n.toLocaleString("en-US") + " " + (n === 1 ? one : many);

  // Levels of the ASes of all moments together, so that none moves: how far each is from a prefix, at most. All links lead to the right,
  // except one that closes a loop of several paths.
  const links = new Map();
  const onward = new Map(); // by AS, those that it is linked to on the right
  const weights = new Map();
  const prefixes = new Set();
  for (const { paths } of moments) {
    for (const { hops, peers, prefix } of paths) {
      prefixes.add(prefix);
      hops.forEach((hop, i) => {
        weights.set(hop, (weights.get(hop) || 0) + peers);
        if (!onward.has(hop)) onward.set(hop, new Set());
        if (i + 1 === hops.length) return;
        const key = hop + ">" + hops[i + 1];
        if (!links.has(key)) links.set(key, { from: hop, to: hops[i + 1], peers: 0, bends: [] });
        links.get(key).peers += peers;
        onward.get(hop).add(hops[i + 1]);
      });
    }
  }
  const level = new Map();
  const levelOf = (n) => {
    if (!level.has(n)) {
      level.set(n, 0); // while it is looked for
      level.set(n, Math.max(0, ...[...onward.get(n)].map((to) => levelOf(to) + 1)));
    }
    return level.get(n);
  };
  const columns = [];
  for (const n of weights.keys()) (columns[levelOf(n)] ||= []).push(n);

  // A link over several columns has a place of its own in each between, so that it passes behind no AS.
  for (const [key, { from, to, peers }] of links) {
    weights.set(key, peers);
    for (let l = levelOf(from) - 1; l > levelOf(to); l--) columns[l].push(key);
  }

  const width = 110, wide = 170, gap = 46, height = 30, step = 42;
  const tall = Math.max(...columns.map((c) => (c || []).length), 1) * step;
  const right = (columns.length - 1) * (width + gap) + wide + 4;
  const svg = draw("svg", { class: "graph", viewBox: `0 0 ${right} ${tall}`, width: right, height: tall, role: "img", "aria-label": "AS paths of the chosen time; the line above it and the table of paths have them as text" });
  const nodes = new Map(), edges = new Map();
  columns.forEach((column, l) => {
    (column || []).sort((a, b) => weights.get(b) - weights.get(a) || (a < b ? -1 : 1)).forEach((name, i) => {
      const isPrefix = prefixes.has(name);
      const w = isPrefix ? wide : width;
      const x = right - wide - 2 - l * (width + gap);
      const y = (tall - column.length * step) / 2 + i * step + (step - height) / 2;
      if (links.has(name)) {
        links.get(name).bends.unshift({ x, y: y + height / 2, w });
        return;
      }
      const strip = document.querySelector(`.strip [data-as="${CSS.escape(name)}"]`);
      const g = draw("g", { class: (isPrefix ? "prefix" : "as") + (strip ? " " + strip.getAttribute("class") : "") });
      const label = isPrefix ? name : named(name);
      g.append(draw("rect", { x, y, width: w, height, rx: 3 }), draw("text", { x: x + w / 2, y: y + 20 }, label.length * 9 > w ? label.slice(0, Math.floor(w / 9)) + "…" : label));
      nodes.set(name, { g, x, y: y + height / 2, w });
    });
  });
  for (const [key, { from, to, bends }] of links) {
    let a = nodes.get(from), d = `M${a.x + a.w} ${a.y}`;
    for (const b of [...bends, nodes.get(to)]) {
      const middle = (a.x + a.w + b.x) / 2;
      d += ` C${middle} ${a.y} ${middle} ${b.y} ${b.x} ${b.y} H${b.x + b.w}`; // the boxes are drawn over it
      a = b;
    }
    edges.set(key, draw("path", { d }));
  }
  svg.append(...edges.values(), ...[...nodes.values()].map((n) => n.g));
  box.querySelector(".scroll").append(svg);

  // The time that is shown is marked in the time line too.
  const marks = [...document.querySelectorAll("svg.strip")].map((strip) => {
    const mark = draw("line", { class: "mark", y1: 0, y2: strip.dataset.bottom });
    strip.append(mark);
    return { strip, mark };
  });

  const [previous, play, next] = ["previous", "play", "next"].map((name) => box.querySelector(`[data-do="${name}"]`));
  const slider = box.querySelector("input");
  const now = box.querySelector(".now");
  slider.max = moments.length - 1;
  let shown = 0, timer = 0;

  // words says who announces what at a moment.
  function words(m) {
    if (!m.paths.length) return "no path is known any longer";
    const origins = new Map();
    for (const { prefix, hops, peers } of m.paths) {
      const key = `${hops.length > 1 ? named(hops[hops.length - 2]) : "The peer itself"} announces ${prefix}`;
      const before = origins.get(key) || { peers: 0, paths: 0 };
      origins.set(key, { peers: before.peers + peers, paths: before.paths + 1 });
    }
    return [...origins].map(([who, n]) => `${who} to ${plural(n.peers, "peer", "peers")} over ${plural(n.paths, "path", "paths")}`).join("; ");
  }

  function show(i) {
    shown = Math.max(0, Math.min(i, moments.length - 1));
    const m = moments[shown];
    const carried = new Map(), there = new Set();
    for (const { hops, peers } of m.paths) {
      hops.forEach((hop, at) => {
        there.add(hop);
        if (at + 1 < hops.length) carried.set(hop + ">" + hops[at + 1], (carried.get(hop + ">" + hops[at + 1]) || 0) + peers);
      });
    }
    for (const [name, n] of nodes) n.g.classList.toggle("off", !there.has(name));
    for (const [key, e] of edges) {
      e.classList.toggle("off", !carried.has(key));
      e.setAttribute("stroke-width", carried.has(key) ? Math.min(1 + Math.sqrt(carried.get(key)), 8) : 1);
    }
    for (const { strip, mark } of marks) {
      const { since, until, right: edge } = strip.dataset;
      const x = 2 + (Math.min(Math.max((m.at - since) / (until - since), 0), 1)) * (edge - 2);
      mark.setAttribute("x1", x);
      mark.setAttribute("x2", x);
    }
    const text = words(m);
    now.textContent = `${m.time} UTC, by ${m.by} (${shown + 1} of ${moments.length}): ${text}.`;
    slider.value = shown;
    slider.setAttribute("aria-valuetext", `${m.time} UTC: ${text}`);
    previous.disabled = shown === 0;
    next.disabled = shown === moments.length - 1;
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
    now.setAttribute("aria-live", "polite"); // not while it plays, which would be read out without end
  }

  // Nothing moves but the choice of what is drawn; where less motion is wanted, that changes less often.
  const pause = matchMedia("(prefers-reduced-motion: reduce)").matches ? 3000 : 1200;
  play.addEventListener("click", () => {
    if (timer) return stop();
    now.setAttribute("aria-live", "off");
    play.textContent = "Pause";
    if (shown === moments.length - 1) show(0);
    timer = setInterval(() => {
      show(shown + 1);
      if (shown === moments.length - 1) stop();
    }, pause);
  });
  const go = (i) => { stop(); show(i); };
  previous.addEventListener("click", () => go(shown - 1));
  next.addEventListener("click", () => go(shown + 1));
  slider.addEventListener("input", () => go(Number(slider.value)));
  stop();
  show(0);
  box.hidden = false;
  svg.parentElement.scrollLeft = right; // on a narrow screen, the origins come first
})();
