// What textual-serve's script leaves open: a font that is there before it is measured and a size in which 80 by 24 cells
// fit, keys without a click, copying and pasting, files that are kept, and what is said when the connection ends.
"use strict";

const terminal = document.getElementById("terminal");
const said = document.getElementById("said");
const again = document.getElementById("again");
const CELL = { width: 0.602, height: 1.1642 }; // of DejaVu Sans Mono, in sizes of the font
const SIZES = { least: 8, most: 16 }; // pixels
const RETRY = 1500; // milliseconds

// ------------------------------------------------------------------ the size
function fontSize() {
  const fits = Math.min(innerWidth / 81 / CELL.width, innerHeight / 24 / CELL.height);
  return Math.max(SIZES.least, Math.min(SIZES.most, Math.floor(fits)));
}

let resized;
addEventListener("resize", () => {
  clearTimeout(resized);
  resized = setTimeout(() => {
    if (fontSize() !== Number(terminal.dataset.fontSize) && said.hidden) location.reload(); // the session stays as it is
  }, 400);
});

// ------------------------------------------------------------------ the keys
function takeKeys() {
  if (said.hidden) document.querySelector(".xterm-helper-textarea")?.focus();
}

addEventListener("focus", takeKeys);
addEventListener("pointerup", () => setTimeout(takeKeys));
addEventListener("keydown", (event) => {
  const paste = event.key.toLowerCase() === "v" && (event.ctrlKey || event.metaKey) && !event.altKey;
  if (paste) event.stopImmediatePropagation(); // for the browser, whose paste the terminal hears of
}, true);

// ------------------------------------------------------------------ copying
// A page that came over plain HTTP from another machine has no clipboard to write to, but may copy what is selected.
function copySelected(text) {
  const held = document.createElement("textarea");
  held.value = text;
  document.body.append(held);
  held.select();
  const done = document.execCommand("copy");
  held.remove();
  takeKeys();
  return done ? Promise.resolve() : Promise.reject(new Error("this browser does not let the page copy"));
}

const clipboard = navigator.clipboard;
Object.defineProperty(navigator, "clipboard", {
  value: {
    writeText: (text) => (clipboard ? clipboard.writeText(text).catch(() => copySelected(text)) : copySelected(text)),
    readText: () => Promise.resolve(""), // no session asks what else was copied
  },
});

// -------------------------------------------------------------------- files
function keepFile({ name, text }) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// ---------------------------------------------------------- the connection
function say(why, button) {
  document.getElementById("why").textContent = why;
  again.hidden = !button;
  said.hidden = false;
  if (button) again.focus();
}

async function comeBack() {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.ok) return location.reload();
    return say("This link is no longer served. Ask your teacher.", true);
  } catch {
    setTimeout(comeBack, RETRY);
  }
}

function ended({ code, reason }) {
  if (code >= 4000) return say(reason, true);
  say("The connection is lost. Everything you did is kept; this page goes on by itself.", false);
  setTimeout(comeBack, RETRY);
}

again.addEventListener("click", () => location.reload());

const Socket = WebSocket;
globalThis.WebSocket = class extends Socket {
  constructor(...words) {
    super(...words);
    let leaving = false;
    addEventListener("pagehide", () => (leaving = true));
    this.addEventListener("open", takeKeys);
    this.addEventListener("close", (event) => leaving || ended(event));
    this.addEventListener("message", ({ data }) => {
      const [kind, told] = typeof data === "string" ? JSON.parse(data) : [];
      if (kind === "file") keepFile(told);
    });
  }

  send(data) {
    if (this.readyState === Socket.OPEN) super.send(data); // the terminal has the keys before it has the connection
  }
};

// ---------------------------------------------------------------- beginning
const begin = globalThis.onload;
globalThis.onload = null;
terminal.dataset.fontSize = fontSize();
const fonts = ["400", "700"].map((weight) => document.fonts.load(`${weight} 16px "Roboto Mono"`));
Promise.allSettled(fonts).then(() => {
  begin();
  takeKeys();
});
