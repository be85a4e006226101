// Draws the result of a query, where its columns say how: a line for days with numbers, bars for names with a number.
// Anything else is not drawn, and plan says why.
const mostLines = 4, mostBars = 15;
const names = /(^|_)(asn|family|number|erratum|rank|status|by)$/; // numbers that are names, not amounts

// plan returns {kind: "line" | "bar", …}, or {why} if there is nothing to draw. value(r, c) returns a number, the milliseconds of
// a day, or a text; null is unknown.
export function plan(columns, count, value) {
  const of = (kind) => columns.flatMap((c, i) => ((names.test(c.name) && c.kind === "number" ? "text" : c.kind) === kind ? [i] : []));
  const numbers = of("number"), days = of("day"), texts = of("text");
  if (!count) return { why: "There are no rows to draw." };
  if (!numbers.length) return { why: "A chart needs a column of numbers." };
  const named = (r) => texts.map((c) => value(r, c) ?? "unknown").join(", ");
  const time = days[0];
  const moments = new Set();
  if (days.length) for (let r = 0; r < count; r++) if (value(r, time) !== null) moments.add(value(r, time));
  const once = texts.length > 0 && new Set(Array.from({ length: count }, (_, r) => named(r))).size === count; // a row for each name
  if (days.length && !once && (moments.size > 1 || !texts.length)) {
    if (moments.size < 2) return { why: "One date is not a line." };
    const series = new Map();
    const add = (name, r, c) => {
      if (!series.has(name)) series.set(name, new Map());
      const points = series.get(name);
      if (points.has(value(r, time))) return false;
      points.set(value(r, time), value(r, c));
      return true;
    };
    for (let r = 0; r < count; r++) {
      if (value(r, time) === null) continue;
      if (!texts.length) numbers.forEach((c) => add(columns[c].name, r, c));
      else add(named(r), r, numbers[0]);
      if (series.size > mostLines) return { why: `More than ${mostLines} lines cannot be told apart: keep fewer series with WHERE.` };
    }
    let points = 0;
    for (const line of series.values()) points += line.size;
    if (points !== (texts.length ? count : count * numbers.length)) return { why: "A series has several rows of one day: group them by day, or name the series in a column." };
    const amount = texts.length || numbers.length === 1 ? columns[numbers[0]].name : "value";
    return { kind: "line", title: amount + " by " + columns[time].name,
      series: [...series].map(([name, line]) => ({ name, points: [...line].sort((a, b) => a[0] - b[0]) })) };
  }
  if (!texts.length) return { why: "A chart needs a column of days or of names beside the numbers." };
  if (count > mostBars) return { why: `A chart has at most ${mostBars} bars: order the rows and end with LIMIT ${mostBars}.` };
  const bars = [];
  for (let r = 0; r < count; r++) bars.push({ name: named(r), value: value(r, numbers[0]) });
  if (new Set(bars.map((b) => b.name)).size < bars.length) return { why: "Several rows have the same name: group them." };
  return { kind: "bar", title: columns[numbers[0]].name + " by " + texts.map((c) => columns[c].name).join(", "), bars };
}

let loading;
function library(address) {
  loading = loading || new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = done;
    script.onerror = () => { loading = undefined; failed(new Error("cannot load " + address)); };
    document.head.append(script);
  });
  return loading;
}

const day = (ms) => new Date(ms).toISOString().slice(0, 10);
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const amounts = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });
const shown = (v) => (v === null || v === undefined ? "unknown" : amounts.format(v));

// describe says in words what the drawing shows, for those who do not see it.
function describe(p) {
  if (p.kind === "bar") return `Bar chart of ${p.title}: ${p.bars.map((b) => b.name + " " + shown(b.value)).join(", ")}.`;
  const all = p.series.flatMap((s) => s.points.map((x) => x[0]));
  return `Line chart of ${p.title}, ${day(Math.min(...all))} to ${day(Math.max(...all))}: ` +
    p.series.map((s) => `${s.name} from ${shown(s.points[0][1])} to ${shown(s.points.at(-1)[1])}`).join(", ") + ".";
}

function options(p) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue("--" + name).trim();
  const axis = { axisLabel: { color: colour("muted") }, axisLine: { lineStyle: { color: colour("edge") } }, nameTextStyle: { color: colour("muted") }, splitLine: { lineStyle: { color: colour("rule") } } };
  const common = { animation: false, color: [0, 1, 2, 3].map((i) => colour("c" + i)), textStyle: { fontFamily: style.getPropertyValue("--sans") },
    title: { text: p.title, left: 0, top: 0, textStyle: { color: colour("muted"), fontSize: 13, fontWeight: "normal" } },
    grid: { left: 8, right: 24, top: p.kind === "line" && p.series.length > 1 ? 64 : 36, bottom: 8, containLabel: true }, tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: shown } };
  if (p.kind === "bar") {
    return { ...common, xAxis: { ...axis, type: "value" },
      yAxis: { ...axis, type: "category", inverse: true, data: p.bars.map((b) => b.name), axisLabel: { color: colour("ink"), width: 140, overflow: "truncate" } },
      series: [{ type: "bar", data: p.bars.map((b) => b.value), label: { show: true, position: "right", color: colour("ink"), formatter: (b) => shown(b.value) } }] };
  }
  return { ...common, legend: { show: p.series.length > 1, top: 24, left: 0, textStyle: { color: colour("ink") } },
    xAxis: { ...axis, type: "time" }, yAxis: { ...axis, type: "value", scale: true },
    series: p.series.map((s) => ({ type: "line", name: s.name, data: s.points, showSymbol: s.points.length < 60, connectNulls: false })) };
}

// draw draws a plan into the place, and returns a function that removes it.
export async function draw(place, address, p) {
  await library(address);
  place.style.height = (p.kind === "bar" ? 80 + 28 * p.bars.length : 360) + "px";
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", describe(p) + " The table has the values.");
  const chart = window.echarts.init(place, null, { renderer: "canvas" });
  const paint = () => chart.setOption(options(p), true);
  const size = new ResizeObserver(() => chart.resize());
  paint();
  size.observe(place);
  dark.addEventListener("change", paint);
  return () => {
    size.disconnect();
    dark.removeEventListener("change", paint);
    chart.dispose();
  };
}
