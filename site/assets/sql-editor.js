// The editor of the SQL page: CodeMirror in a shadow tree, where its styles are style sheets made by script, which the policy
// of the site allows; in the page itself they would be inline ones, which it does not.
const keywords = "all and anti any array as asc asof between by case cast columns cross cube current date_part describe desc distinct else end escape except exclude exists extract false fetch filter first following for from full group grouping having ilike in inner intersect interval is join last lateral left like limit natural not null nulls offset on or order outer over partition pivot positional preceding qualify range recursive replace right rollup row rows sample select semi sets similar struct summarize table then to true try_cast unbounded union unnest unpivot using values when where window with within";
const types = "bigint blob boolean date decimal double float hugeint int integer interval list real smallint text time timestamp timestamptz tinyint ubigint uinteger usmallint utinyint uuid varchar";

// Functions that are offered before the database is loaded, which adds its own.
const functions = [
  ["count", "(*)", "number of rows"], ["sum", "(x)", "sum"], ["avg", "(x)", "mean"], ["min", "(x)", "smallest"], ["max", "(x)", "largest"],
  ["median", "(x)", "middle value"], ["quantile_cont", "(x, 0.9)", "quantile, interpolated"], ["arg_max", "(x, by)", "x of the row where by is largest"],
  ["arg_min", "(x, by)", "x of the row where by is smallest"], ["string_agg", "(x, ', ')", "texts, joined"], ["list", "(x)", "values as a list"],
  ["approx_count_distinct", "(x)", "number of different values, estimated"], ["row_number", "() OVER (…)", "number of the row in its window"],
  ["rank", "() OVER (…)", "rank in the window, with gaps"], ["lag", "(x) OVER (…)", "value of the row before"], ["lead", "(x) OVER (…)", "value of the row after"],
  ["first_value", "(x) OVER (…)", "value of the window's first row"], ["round", "(x, digits)", "rounded"], ["floor", "(x)", "rounded down"], ["abs", "(x)", "without sign"],
  ["coalesce", "(x, y)", "first value that is not null"], ["nullif", "(x, y)", "null where both are the same"], ["date_trunc", "('month', t)", "start of the month"],
  ["date_diff", "('day', a, b)", "days from a to b"], ["make_date", "(y, m, d)", "date"], ["year", "(t)", "year"], ["month", "(t)", "month"], ["strftime", "(t, '%Y-%m')", "time as text"],
  ["lower", "(x)", "lower case"], ["upper", "(x)", "upper case"], ["length", "(x)", "number of characters"], ["split_part", "(x, '.', 1)", "part of a text"],
  ["regexp_matches", "(x, 'pattern')", "whether the pattern occurs"], ["regexp_extract", "(x, 'pattern')", "what the pattern matches"], ["starts_with", "(x, y)", "whether x begins with y"],
  ["contains", "(x, y)", "whether x contains y"], ["list_contains", "(list, x)", "whether the list has x"], ["unnest", "(list)", "a row for each element"], ["len", "(list)", "number of elements"],
].map(([label, detail, info]) => ({ label, detail, info, type: "function" }));

// editor replaces the textarea. dictionary() returns tables with their columns, run and changed are called as their names say.
export async function editor(address, place, area, { dictionary, named, run, changed }) {
  const cm = await import(new URL(address, document.baseURI));
  const dialect = cm.SQLDialect.define({ ...cm.PostgreSQL.spec, keywords, types, doubleQuotedStrings: false });
  const root = place.attachShadow({ mode: "open" });
  let more = []; // functions of the database

  // complete offers columns behind "table.", and else columns of the tables that the query names, tables and functions.
  function complete(context) {
    const word = context.matchBefore(/[\w$]*/);
    const before = context.state.sliceDoc(Math.max(0, word.from - 64), word.from);
    const all = dictionary();
    const text = context.state.doc.toString();
    const columns = (table, boost) => table.columns.map((c) => ({ label: c.name, type: "property", boost,
      detail: [c.type, c.unit].filter(Boolean).join(", "), info: `${c.meaning} (${table.name})` }));
    const owner = /(\w+)\.$/.exec(before);
    if (owner) {
      const alias = new RegExp("\\b(\\w+)\\s+(?:as\\s+)?" + owner[1] + "\\b", "gi");
      const names = [owner[1], ...[...text.matchAll(alias)].map((m) => m[1])];
      const table = all.find((t) => names.includes(t.name));
      return table ? { from: word.from, options: columns(table, 0), validFor: /^\w*$/ } : null;
    }
    if (word.from === word.to && !context.explicit) return null;
    const used = named(text);
    return { from: word.from, validFor: /^\w*$/, options: [
      ...all.filter((t) => used.includes(t.name)).flatMap((t) => columns(t, 3)),
      ...all.map((t) => ({ label: t.name, type: "class", boost: 2, detail: "table", info: t.meaning })),
      ...functions, ...more] };
  }

  // A fault is marked in its line, and explained in a line of its own below, under a caret.
  class Explanation extends cm.WidgetType {
    constructor(column, text) {
      super();
      Object.assign(this, { column, text });
    }
    eq(other) { return other.column === this.column && other.text === this.text; }
    toDOM() {
      const e = document.createElement("div");
      e.className = "fault";
      e.textContent = " ".repeat(this.column) + "^ " + this.text;
      return e;
    }
  }
  const setFault = cm.StateEffect.define();
  const faults = cm.StateField.define({
    create: () => cm.Decoration.none,
    update(all, transaction) {
      for (const effect of transaction.effects) {
        if (!effect.is(setFault)) continue;
        if (!effect.value) return cm.Decoration.none;
        const { line, column, message } = effect.value;
        const at = transaction.state.doc.line(Math.min(line, transaction.state.doc.lines));
        const from = Math.min(at.to, at.from + column);
        const to = Math.max(Math.min(at.to, from + 1), from + (/^\w+/.exec(at.text.slice(from - at.from)) || [""])[0].length);
        const marks = [cm.Decoration.widget({ widget: new Explanation(from - at.from, message), block: true, side: 1 }).range(at.to)];
        if (to > from) marks.unshift(cm.Decoration.mark({ class: "wrong" }).range(from, to));
        return cm.Decoration.set(marks, true);
      }
      return transaction.docChanged ? cm.Decoration.none : all;
    },
    provide: (field) => cm.EditorView.decorations.from(field),
  });

  const t = cm.tags;
  const colours = cm.HighlightStyle.define([
    { tag: [t.keyword, t.operatorKeyword, t.modifier], color: "var(--accent)", fontWeight: "600" },
    { tag: [t.string, t.special(t.string)], color: "var(--good)" },
    { tag: [t.number, t.bool, t.null], color: "var(--c4)" },
    { tag: [t.typeName, t.standard(t.name)], color: "var(--c3)" },
    { tag: t.comment, color: "var(--muted)", fontStyle: "italic" },
  ]);
  const theme = cm.EditorView.theme({
    "&": { color: "var(--ink)", backgroundColor: "var(--ground)", border: "1px solid var(--edge)", borderRadius: "4px", fontSize: "var(--t-note)" },
    "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "2px" },
    ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", maxHeight: "30rem", overflow: "auto" },
    ".cm-content": { minHeight: "13rem", caretColor: "var(--ink)" },
    ".cm-gutters": { color: "var(--muted)", backgroundColor: "var(--raised)", border: "0" },
    ".wrong": { textDecoration: "underline wavy var(--bad)" },
    ".fault": { color: "var(--bad)", whiteSpace: "pre", padding: "0 2px 0 6px" },
    "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--raised)", outline: "1px solid var(--edge)" },
    ".cm-tooltip": { color: "var(--ink)", backgroundColor: "var(--ground)", border: "1px solid var(--edge)" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxWidth: "min(36rem, 90vw)" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { color: "var(--ink)", backgroundColor: "var(--raised)", boxShadow: "inset 3px 0 var(--accent)" },
    ".cm-completionDetail": { color: "var(--muted)", fontStyle: "normal" },
    ".cm-completionIcon": { opacity: "1", color: "var(--muted)" },
    ".cm-tooltip.cm-completionInfo": { maxWidth: "min(20rem, 80vw)", fontFamily: "var(--sans)" },
  });

  // What is typed over a selection, a browser would give the look of what was selected by a style attribute (style-src-attr), which the
  // policy of the site forbids. So the editor replaces the selection itself.
  const overtyping = cm.EditorView.domEventHandlers({ beforeinput(event, view) {
    if (event.inputType !== "insertText" || !event.data || view.composing || view.state.selection.main.empty) return false;
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    return true; // the browser does nothing more
  } });

  const state = (doc) => cm.EditorState.create({ doc, extensions: [
    overtyping,
    cm.Prec.highest(cm.keymap.of([{ key: "Mod-Enter", run: () => { run(); return true; } }, { key: "Ctrl-Enter", run: () => { run(); return true; } }])),
    cm.lineNumbers(), cm.history(), cm.bracketMatching(), new cm.LanguageSupport(dialect.language), cm.syntaxHighlighting(colours), theme, faults,
    cm.autocompletion({ override: [complete, cm.keywordCompletionSource(dialect, true)], icons: false }),
    cm.keymap.of([...cm.completionKeymap, ...cm.historyKeymap, ...cm.defaultKeymap]),
    cm.EditorView.contentAttributes.of({ tabindex: "0", "aria-label": "SQL", "aria-multiline": "true", spellcheck: "false", autocapitalize: "off" }),
    cm.EditorView.updateListener.of((update) => { if (update.docChanged) changed(); }),
  ] });
  const view = new cm.EditorView({ state: state(area.value), root, parent: root });
  place.hidden = false;
  area.hidden = true;
  document.getElementById("sql-label").addEventListener("click", () => view.focus());
  return {
    get text() { return view.state.doc.toString(); },
    set text(doc) { view.setState(state(doc)); },
    fault(value) {
      view.dispatch({ effects: setFault.of(value) });
      if (value) view.dispatch({ effects: cm.EditorView.scrollIntoView(view.state.doc.line(Math.min(value.line, view.state.doc.lines)).from) });
    },
    functions(names) { more = names.filter((n) => !functions.some((f) => f.label === n)).map((label) => ({ label, type: "function", boost: -2 })); },
  };
}
