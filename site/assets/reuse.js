// The part of a question's page about citing and embedding: the day on which it is read, the address of the frame, and buttons to copy.
(() => {
  "use strict";

  const now = new Date();
  const pad = (n) => String(n).padStart(2, "0");
  const iso = [now.getFullYear(), pad(now.getMonth() + 1), pad(now.getDate())].join("-");

  for (const place of document.querySelectorAll(".accessed")) {
    place.textContent = now.toLocaleDateString("en-US", { year: "numeric", month: "long", day: "numeric" });
  }
  for (const [form, end, day] of [["bibtex", /}\s*$/, `  urldate = {${iso}},\n}\n`], ["ris", /ER {2}- \s*$/, `Y2  - ${iso.replaceAll("-", "/")}\nER  - \n`]]) {
    for (const text of document.querySelectorAll(`[data-cite="${form}"] code`)) text.textContent = text.textContent.replace(end, () => day);
  }

  // The frame shows the chart as this page does: its state is in the address of both.
  const frame = document.querySelector("[data-frame]");
  const details = document.getElementById("embed");
  if (frame && location.protocol.startsWith("http")) {
    const escape = (text) => text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
    const stated = /src="([^"]*)"/.exec(frame.textContent);
    const at = stated ? new URL(stated[1].replace(/&amp;/g, "&")) : new URL(frame.dataset.frame.replace(/index\.html$/, ""), location.href);
    const write = () => {
      at.hash = location.hash.includes("=") ? location.hash : "";
      frame.textContent = `<iframe src="${escape(at.href)}" title="${escape(frame.dataset.title)}" width="800" height="${frame.dataset.height}" loading="lazy"></iframe>`;
      frame.hidden = false;
    };
    write();
    details.addEventListener("toggle", write);
  }

  // The link to the part that is folded away unfolds it.
  const unfold = () => { if (details && location.hash === "#embed") details.open = true; };
  unfold();
  addEventListener("hashchange", unfold);

  for (const part of document.querySelectorAll(".copied")) {
    const text = part.firstElementChild;
    if (text.hidden || !navigator.clipboard) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
        said.textContent = "Copied.";
      } catch {
        said.textContent = "The browser does not allow it: select the text and copy it.";
      }
    });
    part.append(button, " ", said);
  }
})();
