// Shows the result of a query as a table, fifty rows a page. Columns are {name, kind} with kind "number", "day" or "text", and
// row(i) returns the texts of a row. Cells are text nodes: nothing in them is markup.
const perPage = 50;
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const classes = { number: "n", day: "day", text: "" };

function made(name, text, parent) {
  const e = document.createElement(name);
  if (text !== undefined) e.textContent = text;
  parent.append(e);
  return e;
}

export function table(place, { columns, count, row }) {
  place.replaceChildren();
  const scroll = made("div", undefined, place);
  scroll.className = "scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Table: result");
  const t = made("table", undefined, scroll);
  const caption = made("caption", "", t);
  const head = made("tr", undefined, made("thead", undefined, t));
  for (const column of columns) {
    const th = made("th", column.name, head);
    th.scope = "col";
    th.className = classes[column.kind];
  }
  const body = made("tbody", undefined, t);

  function show(page) {
    const first = page * perPage;
    const last = Math.min(count, first + perPage);
    caption.textContent = count > perPage ? `Rows ${first + 1} to ${last} of ${count}` : `${count} ${count === 1 ? "row" : "rows"}`;
    body.replaceChildren();
    for (let i = first; i < last; i++) {
      const tr = made("tr", undefined, body);
      row(i).forEach((cell, c) => {
        const td = made("td", cell.replace(unsafe, "\ufffd"), tr);
        if (classes[columns[c].kind]) td.className = classes[columns[c].kind];
        else td.dir = "auto";
      });
    }
    return last;
  }

  show(0);
  if (count <= perPage) return;
  let page = 0;
  const turns = made("p", undefined, place);
  const back = made("button", "Previous rows", turns);
  turns.append(" ");
  const on = made("button", "Next rows", turns);
  const said = made("span", "", turns);
  said.className = "unseen";
  said.setAttribute("role", "status");
  const turn = (by) => {
    page += by;
    const last = show(page);
    back.disabled = page === 0;
    on.disabled = last === count;
    said.textContent = by ? caption.textContent : "";
  };
  for (const [button, by] of [[back, -1], [on, 1]]) {
    button.type = "button";
    button.addEventListener("click", () => turn(by));
  }
  turn(0);
}
