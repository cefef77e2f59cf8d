import { el, avatar, dressAvatar, groupAvatar, clockText, whenText, shortWhen, minutesBetween, preview, message } from "/view.js";
import { choosePerson } from "/who.js";
import { startComposer } from "/composer.js";
import { startMenu } from "/menu.js";

const $ = (id) => document.getElementById(id);
const pageSize = 120; // messages shown at once

const state = {
  setup: null, run: "", me: null, open: "", now: "", messages: [], read: {}, shown: pageSize, play: { kind: "" }, follow: false,
};

// post calls the program and shows its sentence if it refuses.
async function post(path, body) {
  let res;
  try {
    res = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    toast("程序没有回应，请看它是否还在运行");
    return null;
  }
  const data = await res.json().catch(() => ({}));
  if (!res.ok) {
    toast(data.error || "没有成功，请再试一次");
    return null;
  }
  return data;
}

let toastTimer;
function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $("toast").hidden = true; }, 3500);
}

// ---- chats

function myChats() {
  if (!state.me) return [];
  const groups = state.setup.chats.filter((c) => !c.members || c.members.includes(state.me.id) || state.me.id.startsWith("?"));
  return [...groups, { id: "~" + state.me.id, name: state.setup.bot, private: true }];
}

function ofChat(id) {
  return state.messages.filter((m) => m.chat === id);
}

function unread(list, id) {
  const read = state.read[id] || 0;
  return list.filter((m) => m.seq > read && !m.quiet && (m.bot || m.from !== state.me.id));
}

function chatRow(chat) {
  const list = ofChat(chat.id);
  const last = list[list.length - 1];
  const news = chat.id === state.open && atBottom() && document.hasFocus() ? [] : unread(list, chat.id);
  const button = el("button");
  button.type = "button";
  button.dataset.chat = chat.id;
  button.setAttribute("aria-current", String(chat.id === state.open));
  const face = el("span", "face");
  face.append(chat.private ? avatar("", state.setup.bot, true) : groupAvatar(facesOf(chat)));
  if (news.length) {
    const badge = el("span", "badge", news.length > 99 ? "99+" : String(news.length));
    badge.setAttribute("aria-label", `${news.length} 条未读`);
    face.append(badge);
  }
  const mid = el("span", "mid");
  const line = el("span", "line");
  line.append(el("span", "name", chat.private ? `${chat.name}（私聊）` : chat.name), el("span", "when", last ? shortWhen(last.at, state.now) : ""));
  const text = el("span", "last");
  if (news.some((m) => m.mentions?.includes(state.me.id))) text.append(el("em", "", "[有人@我] "));
  text.append(last ? (chat.private || last.from === state.me.id ? preview(last) : `${last.name}：${preview(last)}`) : "还没有消息");
  mid.append(line, text);
  button.append(face, mid);
  button.addEventListener("click", () => { state.follow = false; openChat(chat.id); });
  const item = el("li");
  item.append(button);
  return item;
}

// facesOf picks four people for a group's picture, different ones for different groups.
function facesOf(chat) {
  const list = chat.members ? state.setup.people.filter((p) => chat.members.includes(p.id)) : state.setup.people;
  const start = [...chat.id].reduce((n, c) => n * 7 + c.codePointAt(0), 0) % Math.max(1, list.length);
  return [...list.slice(start), ...list.slice(0, start)].slice(0, 4);
}

function drawChats() {
  const focused = document.activeElement?.dataset?.chat;
  $("chats").replaceChildren(...myChats().map(chatRow));
  if (focused) $("chats").querySelector(`[data-chat="${CSS.escape(focused)}"]`)?.focus();
}

function openChat(id, { show = true } = {}) {
  state.open = id;
  state.shown = pageSize;
  if (show) $("app").classList.add("open");
  const chat = myChats().find((c) => c.id === id);
  $("title").textContent = chat ? (chat.private ? `${chat.name}（私聊）` : chat.name) : "督办";
  composer.quote(null);
  drawMessages();
  drawChats();
}

// ---- messages

const acts = {
  fill: (text) => composer.fill(text),
  quote: (m) => composer.quote(m),
  view: (url, alt) => { $("viewer-img").src = url; $("viewer-img").alt = alt; $("viewer").showModal(); },
  loaded: () => { if (stick) toBottom(); },
};
let stick = true; // the newest message is in sight and stays so

function atBottom() {
  const box = $("messages");
  return box.clientHeight > 0 && box.scrollHeight - box.scrollTop - box.clientHeight < 60;
}

function toBottom() {
  const box = $("messages");
  box.scrollTop = box.scrollHeight;
  stick = true;
  $("newer").hidden = true;
}

function markRead() {
  const list = ofChat(state.open);
  if (list.length && $("messages").clientHeight > 0) state.read[state.open] = list[list.length - 1].seq;
}

function appendMessage(box, m, before) {
  if (!before || minutesBetween(before.at, m.at) >= 5) box.append(el("p", "when", whenText(m.at, state.now)));
  box.append(message(m, state.me, acts));
}

function drawMessages() {
  const box = $("messages");
  const all = ofChat(state.open);
  const list = all.slice(-state.shown);
  box.replaceChildren();
  if (all.length > list.length) {
    const older = el("button", "older", "看更早的消息");
    older.type = "button";
    older.addEventListener("click", () => {
      const from = box.scrollHeight;
      state.shown += pageSize;
      drawMessages();
      stick = false;
      box.scrollTop = box.scrollHeight - from;
    });
    box.append(older);
  }
  list.forEach((m, n) => appendMessage(box, m, list[n - 1]));
  if (!list.length) box.append(el("p", "empty", "还没有消息，发一条试试"));
  toBottom();
  markRead();
}

function onMessage(m) {
  const before = ofChat(state.open).pop();
  state.messages.push(m);
  if (m.chat === state.open) {
    const mine = state.me && m.from === state.me.id && !m.bot;
    const keep = stick || mine;
    const box = $("messages");
    box.querySelector(".empty")?.remove();
    appendMessage(box, m, before);
    if (keep) {
      toBottom();
      markRead();
    } else {
      $("newer").hidden = false;
    }
  }
  later(drawChats);
}

const waiting = new Set();
function later(draw) {
  if (!waiting.size) {
    requestAnimationFrame(() => {
      const list = [...waiting];
      waiting.clear();
      list.forEach((f) => f());
    });
  }
  waiting.add(draw);
}

// ---- who

function be(person) {
  state.me = person;
  sessionStorage.setItem("duban-person", person.id);
  dressAvatar($("me-avatar"), person.id, person.name);
  $("me-name").textContent = person.name;
  $("me-role").textContent = [person.unit, person.role].filter(Boolean).join(" · ");
  composer.phrases(person.phrases);
  const keep = myChats().some((c) => c.id === state.open);
  openChat(keep ? state.open : myChats()[0].id, { show: $("app").classList.contains("open") || matchMedia("(min-width: 701px)").matches });
  try {
    $("hint").hidden = localStorage.getItem("duban-hint") === "seen";
  } catch {
    $("hint").hidden = false; // a browser that keeps nothing shows the hint again
  }
}

function choose() {
  choosePerson(state.setup.people, be);
}

// ---- clock and player

function drawClock() {
  $("clock").textContent = state.now ? clockText(state.now) : "--";
  if (state.now) $("clock").dateTime = state.now;
}

function drawPlay() {
  const { kind, done, total, chat } = state.play;
  $("bar").hidden = !kind;
  document.querySelectorAll(".times button").forEach((b) => { b.disabled = Boolean(kind) || moving; });
  $("play").hidden = !state.setup?.day;
  $("hint-sample").hidden = !state.setup?.sample;
  if (!kind) return;
  const percent = total ? Math.round((done / total) * 100) : 0;
  $("bar-text").textContent = kind === "history" ? `正在准备上一周的记录 ${percent}%` : `正在播放一天 ${percent}%`;
  $("bar-progress").value = percent;
  $("stop").hidden = kind === "history";
  if (kind === "day" && state.follow && chat && chat !== state.open && myChats().some((c) => c.id === chat)) openChat(chat);
}

let moving = false;
async function move(to) {
  moving = true;
  drawPlay();
  await post("/api/clock", { to });
  moving = false;
  drawPlay();
}

// ---- news

let source;
function listen() {
  const last = state.messages.length ? `?after=${state.run}.${state.last || 0}` : "";
  source = new EventSource("/api/events" + last);
  const on = (kind, f) => source.addEventListener(kind, (e) => f(JSON.parse(e.data), e));
  on("hello", async ({ run }) => {
    $("offline").hidden = true;
    if (state.run && state.run !== run) location.reload(); // another run of the program: other people, other messages
    state.run = run;
  });
  on("message", (m, e) => { state.last = +e.lastEventId.split(".")[1]; onMessage(m); });
  on("failed", ({ seq }) => {
    const m = state.messages.find((x) => x.seq === seq);
    if (m) m.failed = true;
    if (m?.chat === state.open) later(drawMessages);
  });
  on("clock", ({ now }) => {
    const days = state.now.slice(0, 10) !== now.slice(0, 10);
    state.now = now;
    drawClock();
    if (days && state.me) later(drawChats);
  });
  on("play", (p) => { state.play = p; drawPlay(); });
  source.onerror = () => {
    $("offline").hidden = false;
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
}

// ---- start

const composer = startComposer({
  toast,
  send: (text, quote, pictures, file) => post("/api/messages", { person: state.me.id, chat: state.open, text, quote, pictures, file }),
});

startMenu({ find: (seq) => state.messages.find((m) => m.seq === seq), quote: (m) => composer.quote(m), toast });
$("switch").addEventListener("click", choose);
$("back").addEventListener("click", () => { $("app").classList.remove("open"); state.follow = false; drawChats(); });
$("newer").addEventListener("click", () => { toBottom(); markRead(); drawChats(); });
let lastTop = 0;
$("messages").addEventListener("scroll", () => {
  // Only the visitor scrolls up; pictures that come in later and a smaller window merely push the end out of sight.
  const top = $("messages").scrollTop;
  if (atBottom()) stick = true;
  else if (top < lastTop) stick = false;
  lastTop = top;
  if (stick && !$("newer").hidden) { $("newer").hidden = true; markRead(); drawChats(); }
}, { passive: true });
new ResizeObserver(() => { if (stick) toBottom(); }).observe($("messages"));
document.querySelectorAll("[data-to]").forEach((b) => b.addEventListener("click", () => move(b.dataset.to)));
$("play").addEventListener("click", async () => { state.follow = true; await post("/api/play", {}); });
$("stop").addEventListener("click", () => post("/api/stop", {}));
$("hint-close").addEventListener("click", () => {
  $("hint").hidden = true;
  try { localStorage.setItem("duban-hint", "seen"); } catch { /* shown again next time */ }
});

async function start() {
  try {
    state.setup = await (await fetch("/api/setup")).json();
  } catch {
    $("offline").hidden = false;
    setTimeout(start, 2000);
    return;
  }
  state.run = state.setup.run;
  if (state.setup.title) document.title = `督办 · ${state.setup.title}（演示）`;
  drawPlay();
  listen();
  const me = state.setup.people.find((p) => p.id === sessionStorage.getItem("duban-person"));
  if (me) be(me);
  else choose();
}
start();
