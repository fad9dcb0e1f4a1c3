"use strict";
(() => {
  const search = document.getElementById("search");
  const matches = document.getElementById("matches");
  const nothing = document.getElementById("nothing");
  const entries = [...document.querySelectorAll("[data-search]")];
  // A component matches by what is in it, so only what has no entries of its own is searched.
  const leaves = entries.filter((entry) => !entry.querySelector("[data-search]"));
  const texts = new Map(leaves.map((leaf) => [leaf, leaf.textContent.toLowerCase()]));
  const trees = entries.filter((entry) => !texts.has(entry));

  // Every word must stand in an entry, or in the component around it.
  function around(leaf) {
    let text = texts.get(leaf);
    for (let up = leaf.parentElement.closest("[data-tree]"); up; up = up.parentElement.closest("[data-tree]")) {
      text += " " + up.querySelector("summary").textContent.toLowerCase();
    }
    return text;
  }

  const groups = [...document.querySelectorAll("[data-group]")].reverse();
  const details = [...document.querySelectorAll("details")];
  let before = null; // Which of them were open when the search began.

  // Marks the words without touching the page; browsers that cannot are left without marks.
  function mark(words) {
    if (!("highlights" in CSS)) return;
    const ranges = [];
    const shown = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT, {
      acceptNode: (node) => node.parentElement.closest("[hidden], svg") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
    });
    while (words.length && shown.nextNode()) {
      const text = shown.currentNode.data.toLowerCase();
      for (const word of words) {
        for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
          const range = new Range();
          range.setStart(shown.currentNode, at);
          range.setEnd(shown.currentNode, at + word.length);
          ranges.push(range);
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
    // A long text is scrolled to the first mark in it.
    for (const range of ranges.reverse()) {
      const box = range.startContainer.parentElement.closest("pre");
      if (box) box.scrollTop += range.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3;
    }
  }

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length && !before) before = new Map(details.map((one) => [one, one.open]));
    let count = 0;
    for (const leaf of leaves) {
      const text = words.length ? around(leaf) : "";
      leaf.hidden = !words.every((word) => text.includes(word));
      count += leaf.hidden ? 0 : 1;
      if (words.length && leaf.open === false) leaf.open = !leaf.hidden;
    }
    for (const tree of trees) {
      tree.hidden = ![...tree.querySelectorAll("[data-search]")].some((entry) => !entry.hidden && texts.has(entry));
      if (words.length && !tree.hidden) tree.open = true;
    }
    for (const group of groups) {
      group.hidden = words.length > 0 && !group.querySelector("[data-search]:not([hidden])");
    }
    if (!words.length && before) {
      before.forEach((open, one) => { one.open = open; });
      before = null;
    }
    mark(words);
    matches.textContent = words.length ? `${count} found` : "";
    nothing.hidden = count > 0;
    if (words.length) document.querySelector("main").scrollIntoView({ block: "start" });
  }

  // Opens what a link leads to, and all around it, and puts the keyboard there.
  function reveal(hash) {
    const target = hash.length > 1 ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
    document.querySelectorAll(".r-here").forEach((old) => old.classList.remove("r-here"));
    if (!(target instanceof HTMLDetailsElement)) return;
    if (target.hidden) {
      search.value = "";
      filter();
    }
    for (let up = target; up; up = up.parentElement.closest("details")) up.open = true;
    target.classList.add("r-here");
    target.querySelector("summary").focus({ preventScroll: true });
    target.scrollIntoView({ block: "start" });
  }

  function toggle(button) {
    const open = button.textContent === "Open all";
    document.querySelectorAll(`${button.dataset.toggle} details`).forEach((one) => { one.open = open; });
    button.textContent = open ? "Close all" : "Open all";
  }

  search.addEventListener("input", filter);
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && search.value) {
      search.value = "";
      filter();
    }
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const button = event.target.closest("[data-toggle]");
    // A link to where one already is changes no address, and so makes no other event.
    if (link && link.getAttribute("href") === location.hash) reveal(location.hash);
    if (button) toggle(button);
  });
  window.addEventListener("hashchange", () => reveal(location.hash));
  reveal(location.hash);
})();
