// Draws a chart over its static image as soon as a reader uses it: by pointer, by focus, by a control, or by a link that
// holds a state of the controls. Only then are ECharts and the chart's options loaded. The program made the options, so
// nothing here depends on what a chart is about. It draws on a canvas, because the SVG renderer sets style attributes,
// which the policy of the site forbids.
(() => {
  "use strict";

  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const amount = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });
  const percent = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
  const narrow = 560;
  const loaded = new Map();

  // load runs a script of the site once; one that did not come is asked for again.
  function load(url) {
    if (!loaded.has(url)) {
      loaded.set(url, new Promise((done, failed) => {
        const script = document.createElement("script");
        script.src = url;
        script.onload = done;
        script.onerror = () => {
          loaded.delete(url);
          script.remove();
          failed(new Error("cannot load " + url));
        };
        document.head.append(script);
      }));
    }
    return loaded.get(url);
  }

  // moment formats a time for people: the day, and the time of day where it is not midnight.
  function moment(ms) {
    const text = new Date(ms).toISOString();
    return text.slice(11, 19) === "00:00:00" ? text.slice(0, 10) : text.slice(0, 16).replace("T", " ") + " UTC";
  }

  const valueOf = (item) => {
    const v = item !== null && typeof item === "object" && !Array.isArray(item) ? item.value : item;
    return Array.isArray(v) ? v[1] : v;
  };
  const timeOf = (item) => {
    const v = item !== null && typeof item === "object" && !Array.isArray(item) ? item.value : item;
    return Array.isArray(v) ? v[0] : undefined;
  };
  const spread = /^band-(\d+)-([01])$/;
  const isMark = (s) => /^(breaks|events)/.test(s.id);

  // Chart is one figure of the page.
  class Chart {
    constructor(figure) {
      this.figure = figure;
      this.own = "own" in figure.dataset; // the page of its question: the address holds the state
      this.form = figure.querySelector(".tools");
      this.keys = figure.querySelector(".keys");
      this.fixed = figure.querySelector(".static");
      this.said = figure.querySelector(".readout");
      this.form.hidden = false;
      this.form.addEventListener("submit", (e) => e.preventDefault());
      this.form.addEventListener("change", () => this.changed());
      if (this.keys) this.keys.addEventListener("change", () => this.changed());
      this.form.querySelector("[data-copy]").addEventListener("click", () => this.copy());
      this.form.querySelector("[data-csv]").addEventListener("click", () => this.download());
      this.whole = this.form.querySelector("[data-whole]");
      this.whole.addEventListener("click", () => this.range());
      const full = this.form.querySelector("[data-full]");
      if (document.fullscreenEnabled) full.addEventListener("click", () => this.fill());
      else full.remove();
      const begin = () => this.draw();
      for (const sign of ["pointerenter", "touchstart", "focusin"]) {
        figure.addEventListener(sign, begin, { passive: true });
      }
      if (this.own) {
        this.read();
        window.addEventListener("hashchange", () => { if (this.read() || this.canvas) this.changed(true); });
      }
    }

    // read sets the controls from the address, and reports whether it holds a state.
    read() {
      const asked = new URLSearchParams(location.hash.slice(1));
      this.form.reset();
      if (this.keys) for (const box of this.keys.elements) box.checked = box.defaultChecked;
      let any = false;
      for (const [name, value] of asked) {
        if (name === "without" || name === "with") {
          const box = this.keys && [...this.keys.elements].find((b) => b.value === value);
          if (box) { box.checked = name === "with"; any = true; }
          continue;
        }
        const field = this.form.elements.namedItem(name);
        if (!field) continue;
        if (field.type === "date" && !/^\d{4}-\d\d-\d\d$/.test(value)) continue;
        const before = field.value;
        field.value = value;
        if (field.value !== value) field.value = before;
        else any = true;
      }
      if (any) this.draw();
      return any;
    }

    // state returns the controls that differ from their defaults, as the address holds them.
    state() {
      const all = new URLSearchParams();
      const seen = new Set();
      for (const field of this.form.elements) {
        if (!field.name || seen.has(field.name)) continue;
        seen.add(field.name);
        const item = this.form.elements.namedItem(field.name);
        const first = item instanceof RadioNodeList ? [...item].find((r) => r.defaultChecked)?.value ?? ""
          : item.tagName === "SELECT" ? "" : item.defaultValue;
        if (item.value !== first && (item.type !== "date" || item.value)) all.set(field.name, item.value);
      }
      if (this.keys) for (const box of this.keys.elements) if (box.type === "checkbox" && box.checked !== box.defaultChecked) all.append(box.checked ? "with" : "without", box.value);
      return all;
    }

    link() {
      const state = this.state().toString();
      const at = new URL(this.figure.dataset.page, location.href);
      at.hash = state;
      return at.href;
    }

    changed(fromAddress) {
      const state = this.state().toString();
      if (this.own && !fromAddress) history.replaceState(null, "", state ? "#" + state : location.pathname + location.search);
      this.figure.classList.toggle("changed", state !== "");
      this.draw().then(() => this.paint());
    }

    async copy() {
      try {
        await navigator.clipboard.writeText(this.link());
        this.say("The link has been copied.");
      } catch {
        this.say("The link to this view: " + this.link());
      }
    }

    // download saves what the chart shows, in its state, as CSV: a line a value. Texts that a spreadsheet would read as formulas get an apostrophe, as
    // in the other CSV files of the site.
    async download() {
      await this.draw();
      if (!this.chart) return;
      if (!this.chart) return;
      const cell = (text) => {
        const safe = /^['=+\-@\t\uff1d\uff0b\uff0d\uff20]/.test(text) ? "'" + text : text;
        return /[",\r\n]/.test(safe) ? '"' + safe.replace(/"/g, '""') + '"' : safe;
      };
      const lines = [[this.categories ? "category" : "time", "series", "value", "unit"].join()];
      const unit = cell(this.unit);
      for (const s of this.shown) {
        s.data.forEach((d, i) => {
          if (d.hole) return;
          const v = valueOf(d);
          const place = this.categories ? cell(String(this.categories[i])) : new Date(timeOf(d)).toISOString();
          lines.push([place, cell(s.title), typeof v === "number" ? v : "", unit].join());
        });
      }
      const a = document.createElement("a");
      a.href = URL.createObjectURL(new Blob([lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
      a.download = this.figure.dataset.chart + ".view.csv";
      a.click();
      setTimeout(() => URL.revokeObjectURL(a.href), 60000);
      this.say(`${lines.length - 1} values were saved as ${a.download}.`);
    }

    say(text) { this.said.textContent = text; }

    // draw loads the scripts and replaces the image by the interactive chart, once. Where a script does not come, the next turn to the
    // chart tries again.
    draw() {
      if (!this.drawing) {
        this.say("");
        this.drawing = this.begin().catch((e) => {
          this.say("The chart cannot be made interactive: " + e.message + ".");
          if (!this.canvas) this.drawing = null;
        });
      }
      return this.drawing;
    }

    async begin() {
      const { echarts, options, chart } = this.figure.dataset;
      await Promise.all([load(echarts), load(options)]);
      this.made = window.charts[chart];
      const image = this.fixed.querySelector("img");
      const canvas = document.createElement("div");
      canvas.className = "live";
      canvas.tabIndex = 0;
      canvas.setAttribute("role", "application");
      canvas.setAttribute("aria-roledescription", "chart");
      canvas.setAttribute("aria-label", image.alt + " The left and right arrow keys move through the values, up and down through the series.");
      const height = Math.max(image.getBoundingClientRect().height, 320);
      const focused = this.fixed.contains(document.activeElement);
      this.fixed.before(canvas);
      this.figure.classList.add("drawn");
      if (this.keys) this.keys.hidden = false;
      const legend = this.keys ? this.keys.getBoundingClientRect().height + 12 : 0;
      this.height = Math.max(280, height - legend); // so that nothing below moves
      canvas.style.height = this.height + "px";
      this.canvas = canvas;
      this.chart = window.echarts.init(canvas, null, { renderer: "canvas", devicePixelRatio: Math.max(window.devicePixelRatio, 2) });
      this.paint();
      dark.addEventListener("change", () => this.paint());
      new ResizeObserver(() => { this.chart.resize(); this.paint(); }).observe(canvas);
      canvas.addEventListener("keydown", (e) => this.key(e));
      canvas.addEventListener("pointerdown", (e) => this.drag(e));
      canvas.addEventListener("dblclick", () => this.range());
      canvas.addEventListener("blur", () => this.chart.dispatchAction({ type: "hideTip" }));
      if (focused) canvas.focus({ preventScroll: true });
    }

    // options returns the options of the chart in the state of the controls.
    options() {
      const colours = dark.matches ? this.made.dark : {};
      const o = JSON.parse(JSON.stringify(this.made.options), (_, v) => (typeof v === "string" && Object.hasOwn(colours, v) ? colours[v] : v));
      const value = (name) => this.form.elements.namedItem(name)?.value;
      const { facets, panels } = this.made;
      const off = new Set();
      if (this.keys) for (const box of this.keys.elements) if (box.type === "checkbox" && !box.checked) off.add(box.value);
      const chosen = facets ? [...new Set([...this.form.elements].map((f) => f.name))].filter((n) => value(n) && (facets.series || []).concat(facets.categories || []).some((f) => f && n in f)) : [];
      const fits = (of) => chosen.every((name) => !of || !(name in of) || of[name] === value(name));

      const category = o.xAxis[0].type === "category" ? o.xAxis[0] : o.yAxis[0].type === "category" ? o.yAxis[0] : null;
      const amounts = category === o.yAxis[0] ? o.xAxis[0] : o.yAxis[0];
      const real = o.series.filter((s) => !isMark(s) && !spread.test(s.id));
      real.forEach((s, i) => {
        s.color = o.color[i % o.color.length];
        s.panel = panels ? panels.of[i] : 0;
        s.title = panels && panels.whole ? panels.titles[s.panel] + ", " + s.name : s.name;
        s.keep = fits(facets && facets.series && facets.series[i]) && !off.has(s.name);
      });
      o.series.forEach((s) => {
        const band = spread.exec(s.id);
        if (band) ({ keep: s.keep, panel: s.panel } = real[+band[1]]);
        if (isMark(s)) s.keep = true;
      });
      o.series = o.series.filter((s) => s.keep);

      if (category && facets && facets.categories) {
        const kept = category.data.map((_, i) => fits(facets.categories[i]));
        category.data = category.data.filter((_, i) => kept[i]);
        for (const s of o.series) s.data = s.data.filter((_, i) => kept[i]);
      }
      const from = value("from") ? Date.parse(value("from")) : -Infinity;
      const to = value("to") ? Date.parse(value("to")) + 86399999 : Infinity;
      if (!category) {
        for (const s of o.series) {
          if (isMark(s)) s.markLine.data = s.markLine.data.filter((m) => m.xAxis >= from && m.xAxis <= to);
          else s.data = s.data.filter((d) => timeOf(d) >= from && timeOf(d) <= to);
        }
        o.series = o.series.filter((s) => !isMark(s) || s.markLine.data.length);
      }
      const set = (d, v) => (Array.isArray(d.value) ? { ...d, value: [d.value[0], v] } : Array.isArray(d) ? [d[0], v] : { ...d, value: v });
      if (value("show") === "share") {
        const sums = new Map();
        const place = (d, i) => timeOf(d) ?? i;
        for (const s of o.series) s.data.forEach((d, i) => sums.set(place(d, i), (sums.get(place(d, i)) || 0) + (+valueOf(d) || 0)));
        for (const s of o.series) s.data = s.data.map((d, i) => (typeof valueOf(d) === "number" ? set(d, 100 * valueOf(d) / sums.get(place(d, i))) : d));
        amounts.max = 100;
        o.title.text = "percent of the total, " + o.title.text;
      }
      if (value("show") === "index") {
        const first = new Map();
        for (const s of o.series) {
          if (isMark(s) || spread.test(s.id)) continue;
          const start = s.data.map(valueOf).find((v) => typeof v === "number" && v !== 0);
          first.set(s.name, start);
        }
        for (const s of o.series) {
          if (isMark(s)) continue;
          s.data = s.data.map((d) => (typeof valueOf(d) === "number" ? set(d, 100 * valueOf(d) / first.get(s.name)) : d));
        }
        o.title.text += ", first value shown = 100";
      }
      const scale = value("scale");
      if (scale) {
        amounts.type = scale === "log" ? "log" : "value";
        amounts.scale = scale === "linear" && o.series.some((s) => s.type === "line");
        if (scale === "log") for (const s of o.series) if (!isMark(s)) s.data = s.data.map((d) => (valueOf(d) > 0 ? d : set(d, category ? "-" : null)));
      }
      for (const s of o.series) delete s.keep;
      o.legend.show = false; // the page has one that the keyboard reaches
      if (this.keys) o.grid[0].top = 34;
      o.tooltip.formatter = (items) => this.tooltip(items);
      if (this.canvas.clientWidth < narrow) o.xAxis[0].splitNumber = 4;
      this.unit = o.title.text;
      if (panels) this.arrange(o, panels);
      return o;
    }

    // arrange gives each panel that has a series a grid with axes of its own; the times of all are the same, and their values where they compare.
    arrange(o, panels) {
      const wide = this.canvas.clientWidth;
      const shown = panels.titles.map((_, i) => i).filter((i) => o.series.some((s) => !isMark(s) && s.panel === i));
      const columns = wide < narrow ? (shown.length < 5 ? 1 : 2) : Math.min(shown.length, shown.length > 4 ? 3 : 2);
      const rows = Math.ceil(shown.length / columns);
      const gap = 20, top = 30, head = 24;
      const room = (wide - gap * (columns - 1)) / columns;
      this.canvas.style.height = Math.max(this.height, top + rows * 190) + "px";
      const tall = (Math.max(this.canvas.clientHeight, 280) - top) / Math.max(rows, 1);
      const left = (i) => (i % columns) * (room + gap);
      const above = (i) => top + Math.floor(i / columns) * tall;
      const parts = o.series.filter((s) => !isMark(s));
      const times = parts.flatMap((s) => s.data.map(timeOf));
      const edge = (all, pick) => all.reduce((a, b) => (pick(a, b) === a ? a : b), all[0]);
      const [x, y, grid] = [o.xAxis[0], o.yAxis[0], o.grid[0]];
      if (times.length && x.type === "time") Object.assign(x, { min: edge(times, Math.min), max: edge(times, Math.max), splitNumber: Math.max(2, Math.round(room / 130)) });
      const values = parts.flatMap((s) => s.data.map(valueOf)).filter((v) => typeof v === "number");
      if (panels.shared && values.length && y.type === "value" && y.max === undefined) {
        const [low, high] = [edge(values, Math.min), edge(values, Math.max)];
        const step = 10 ** Math.floor(Math.log10(high - low || Math.abs(high) || 1));
        Object.assign(y, { min: low >= 0 && low < step ? 0 : Math.floor(low / step) * step, max: Math.ceil(high / step) * step });
      }
      o.title = [o.title].concat(shown.map((p, i) => ({ text: panels.titles[p], left: left(i), top: above(i), textStyle: { color: o.textStyle.color, fontSize: 13, width: room, overflow: "truncate" } })));
      o.grid = shown.map((_, i) => ({ ...grid, left: left(i), right: undefined, bottom: undefined, width: room - 14, top: above(i) + head, height: tall - head - 12 }));
      o.xAxis = shown.map((_, i) => ({ ...x, gridIndex: i }));
      o.yAxis = shown.map((_, i) => ({ ...y, gridIndex: i, splitNumber: panels.whole ? 5 : 4 }));
      o.axisPointer = { link: [{ xAxisIndex: "all" }] };
      o.series = o.series.flatMap((s) => {
        if (!isMark(s)) return [{ ...s, xAxisIndex: shown.indexOf(s.panel), yAxisIndex: shown.indexOf(s.panel) }];
        return shown.map((p, i) => {
          const data = s.markLine.data.filter((m) => m.panel === undefined || m.panel === p);
          const label = { ...s.markLine.label, show: room >= 300 };
          return { ...s, id: s.id + i, xAxisIndex: i, yAxisIndex: i, markLine: { ...s.markLine, label, data: room < 300 ? data.map((m) => ({ ...m, label })) : data } };
        });
      });
    }

    // range sets the ends of the time axis; without any it is whole again.
    range(from, to) {
      const ends = ["from", "to"].map((n) => this.form.elements.namedItem(n));
      if (!ends[0]) return;
      const day = (ms) => new Date(ms).toISOString().slice(0, 10);
      const within = (text) => (text < ends[0].min ? ends[0].min : text > ends[1].max ? ends[1].max : text);
      [from, to].forEach((t, i) => { ends[i].value = t === undefined ? ends[i].defaultValue : within(day(t)); });
      this.changed();
      this.say(from === undefined ? "The whole range is shown." : `Shown from ${ends[0].value} to ${ends[1].value}. Escape shows the whole range.`);
    }

    // drag marks a range of the time axis with the mouse, and shows it alone. A finger moves the read-out instead.
    drag(down) {
      this.touched = down.pointerType !== "mouse";
      if (this.touched || down.button || this.categories || !this.form.elements.namedItem("from")) return;
      const box = this.canvas.getBoundingClientRect();
      const spot = (e) => [e.clientX - box.left, e.clientY - box.top];
      const grid = this.grids.findIndex((_, i) => this.chart.containPixel({ gridIndex: i }, spot(down)));
      if (grid < 0) return;
      const mark = document.createElement("div");
      mark.className = "zoom";
      const start = spot(down)[0];
      const stop = new AbortController();
      const ends = (e) => [start, spot(e)[0]].sort((a, b) => a - b);
      const on = (sign, act) => window.addEventListener(sign, act, { signal: stop.signal });
      on("pointermove", (e) => {
        const [a, b] = ends(e);
        if (!mark.isConnected && b - a > 6) this.canvas.append(mark);
        mark.style.left = a + "px";
        mark.style.width = b - a + "px";
      });
      on("pointerup", (e) => {
        stop.abort();
        const [a, b] = ends(e).map((at) => this.chart.convertFromPixel({ gridIndex: grid }, [at, spot(down)[1]])[0]);
        if (mark.isConnected) this.range(a, b);
        mark.remove();
      });
      on("pointercancel", () => { stop.abort(); mark.remove(); });
    }

    // fill shows the figure on the whole screen, or no longer.
    fill() {
      if (document.fullscreenElement) return document.exitFullscreen();
      return this.draw().then(() => this.figure.requestFullscreen()).catch(() => this.say("The browser does not allow full screen here."));
    }

    paint() {
      if (!this.chart) return; // its scripts did not come
      const o = this.options();
      this.shown = o.series.filter((s) => !isMark(s) && !spread.test(s.id));
      this.categories = (o.xAxis[0].type === "category" && o.xAxis[0].data) || (o.yAxis[0].type === "category" && o.yAxis[0].data) || null;
      this.all = o.series;
      this.grids = o.grid;
      this.at = undefined;
      this.chart.resize();
      this.chart.setOption(o, { notMerge: true });
      const ends = ["from", "to"].map((n) => this.form.elements.namedItem(n));
      this.whole.hidden = !ends[0] || ends.every((f) => f.value === f.defaultValue);
      this.figure.classList.toggle("empty", !this.shown.length);
      const change = this.compared();
      if (change !== this.change) this.say(change);
      this.change = change;
      if (!this.shown.length) this.say("No series is selected.");
      else if (this.said.textContent === "No series is selected.") this.say("");
    }

    // amount formats a value with its unit.
    amount(v) {
      const unit = this.form.elements.namedItem("show")?.value === "share" ? " %" : this.made.unit;
      return unit ? percent.format(v) + unit : amount.format(v);
    }

    // compared says what changed in a range that the reader chose: from the first value in it to the last, of each series.
    compared() {
      const chosen = ["from", "to"].map((name) => this.form.elements.namedItem(name)).some((f) => f && f.value !== f.defaultValue);
      if (!chosen || this.categories) return "";
      const signed = (n, format) => (n > 0 ? "+" : n < 0 ? "−" : "±") + format.format(Math.abs(n));
      const changes = this.shown.map((s) => {
        const known = s.data.filter((d) => typeof valueOf(d) === "number");
        if (known.length < 2) return "";
        const [first, last] = [known[0], known.at(-1)], by = valueOf(last) - valueOf(first);
        const change = /%/.test(this.amount(0)) ? signed(by, percent) + " points"
          : signed(by, amount) + (valueOf(first) > 0 ? ` (${signed(100 * by / valueOf(first), percent)} %)` : "");
        return `${s.name ? s.name + ": " : ""}${this.amount(valueOf(first))} on ${moment(timeOf(first))}, ${this.amount(valueOf(last))} on ${moment(timeOf(last))}, ${change}.`;
      }).filter(Boolean);
      const broken = changes.length && this.all.some((s) => s.id === "breaks");
      return changes.join(" ") + (broken ? " A break lies between: these values may not be comparable." : "");
    }

    // around returns the spread of a series at a time as text; "" where there is none.
    around(name, time) {
      const ends = this.all.filter((s) => spread.test(s.id) && s.name === name).map((s) => {
        const d = s.data.find((item) => timeOf(item) === time);
        return d && valueOf(d);
      });
      return typeof ends[0] === "number" && typeof ends[1] === "number" ? ` (${this.amount(ends[0])} to ${this.amount(ends[0] + ends[1])})` : "";
    }

    tooltip(items) {
      const axis = this.categories ? items[0].axisValue : moment(items[0].axisValue);
      const lines = items.filter((item) => !/^(band-|breaks|events)/.test(item.seriesId)).map((item) => {
        const v = valueOf(item.value === undefined ? item : item);
        return item.marker + " " + (this.all[item.seriesIndex]?.title ?? item.seriesName) + "  " + (typeof v === "number" ? this.amount(v) : "no value") + this.around(item.seriesName, timeOf(item));
      });
      if (this.touched) this.say(axis + ": " + lines.map((l) => l.replace(/^\{.*?\|\} /, "")).join("; "));
      return [axis].concat(lines).join("\n");
    }

    // key moves through the values: left and right within a series, up and down between series.
    key(e) {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1, Home: 0, End: 0, Escape: 0 };
      if (!(e.key in step) || e.ctrlKey || e.metaKey || e.altKey || !this.shown.length) return;
      e.preventDefault();
      if (e.key === "Escape") {
        this.at = undefined;
        this.say("");
        this.chart.dispatchAction({ type: "hideTip" });
        if (!this.whole.hidden) this.range();
        return;
      }
      this.touched = false;
      if (!this.at) this.at = { series: 0, point: e.key === "Home" ? 0 : this.shown[0].data.length - 1 };
      else if (e.key === "ArrowUp" || e.key === "ArrowDown") {
        const time = timeOf(this.shown[this.at.series].data[this.at.point] ?? []);
        this.at.series = (this.at.series + step[e.key] + this.shown.length) % this.shown.length;
        const data = this.shown[this.at.series].data;
        if (time !== undefined && data.length) { // the nearest in time
          this.at.point = data.reduce((best, d, i) => (Math.abs(timeOf(d) - time) < Math.abs(timeOf(data[best]) - time) ? i : best), 0);
        }
      } else if (e.key === "Home") this.at.point = 0;
      else if (e.key === "End") this.at.point = Infinity;
      else this.at.point += step[e.key];
      const series = this.shown[this.at.series];
      this.at.point = Math.max(0, Math.min(series.data.length - 1, this.at.point));
      if (series.data[this.at.point]?.hole) this.at.point += step[e.key] < 0 ? -1 : 1; // a run begins and ends with a date
      const d = series.data[this.at.point];
      if (d === undefined) return;
      const v = valueOf(d);
      const where = this.categories ? this.categories[this.at.point] : moment(timeOf(d));
      this.say(`${where}, ${series.title}: ${typeof v === "number" ? this.amount(v) : "no value"}${this.around(series.name, timeOf(d))}`);
      this.chart.dispatchAction({ type: "showTip", seriesIndex: this.all.indexOf(series), dataIndex: this.at.point });
    }
  }

  document.querySelectorAll("figure.chart[data-chart]").forEach((figure) => new Chart(figure));
})();
