"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const toast = document.querySelector(".toast");

  const say = (words) => {
    toast.textContent = words;
    setTimeout(() => { if (toast.textContent === words) toast.textContent = ""; }, 2500);
  };

  // Clipboards of browsers need a secure page; a report that somebody opened over HTTP falls back to a selection.
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      if (!done) throw new Error("not copied");
    }
  };

  for (const box of all(".command")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await copy(box.querySelector("code").textContent);
        say("Copied");
      } catch {
        say("The browser does not let the page copy");
      }
      button.focus();
    });
    box.append(button);
  }

  for (const section of all(".resources")) {
    const rows = all(".resource", section).map((row) => ({ row, text: null }));
    const finder = section.querySelector(".finder");
    const query = finder.querySelector("input");
    const choices = all("select", finder);
    const hits = finder.querySelector(".hits");
    const apply = () => {
      const wanted = query.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const each of rows) {
        if (wanted.length) each.text ??= each.row.textContent.toLowerCase();
        const fits = choices.every((choice) => !choice.value || each.row.dataset[choice.dataset.filter] === choice.value)
          && wanted.every((word) => each.text.includes(word));
        each.row.hidden = !fits;
        shown += fits;
      }
      hits.textContent = `${shown} of ${rows.length}`;
      section.querySelector(".nothing").hidden = shown > 0;
    };
    section.clear = () => {
      query.value = "";
      for (const choice of choices) choice.value = "";
      apply();
    };
    query.addEventListener("input", apply);
    for (const choice of choices) choice.addEventListener("change", apply);
    finder.hidden = false;
    apply();
  }

  const tabs = all(".profiles a");
  const panels = tabs.map((tab) => document.getElementById(tab.hash.slice(1)));
  const select = (index) => {
    tabs.forEach((tab, each) => {
      tab.setAttribute("aria-selected", String(each === index));
      tab.tabIndex = each === index ? 0 : -1;
      panels[each].hidden = each !== index;
    });
  };
  if (tabs.length) {
    document.querySelector(".profiles ul").setAttribute("role", "tablist");
    tabs.forEach((tab, index) => {
      tab.parentElement.setAttribute("role", "presentation");
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", panels[index].id);
      panels[index].setAttribute("role", "tabpanel");
      tab.addEventListener("click", (event) => {
        event.preventDefault();
        select(index);
        history.replaceState(null, "", tab.hash);
      });
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1 }[event.key];
        if (step === undefined && event.key !== " ") return;
        event.preventDefault();
        const to = step === undefined ? index : (step + tabs.length) % tabs.length;
        select(to);
        tabs[to].focus();
      });
    });
    select(0);
  }

  // A link may lead into another tab, into a closed row, or to a row that the search hides.
  const show = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const index = panels.findIndex((panel) => panel.contains(target));
    if (index >= 0) select(index);
    if (target.hidden) target.closest(".resources")?.clear();
    if (target.matches("details")) {
      target.open = true;
      target.querySelector("summary").focus({ preventScroll: true });
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", show);
  // A second click on the same link changes no hash.
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#'], a");
    const href = link?.getAttribute("href");
    if (href && href === location.hash && link.getAttribute("role") !== "tab") show();
  });
  show();
})();
