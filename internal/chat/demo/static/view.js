// Everything that makes parts of the page. Text always goes in as text, never as markup.

export function el(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

const colours = ["#5b8def", "#3fa776", "#d98a3d", "#a06cd5", "#4aa3b8", "#cf6679", "#7d8f4e", "#8d7b68", "#5f7fb8", "#b8704a"];

function colour(id) {
  let h = 7;
  for (const c of id) h = (h * 31 + c.codePointAt(0)) >>> 0;
  return colours[h % colours.length];
}

// avatar shows the given name, as office chat apps do.
export function avatar(id, name, bot) {
  const node = el("span", "avatar");
  node.setAttribute("aria-hidden", "true");
  dressAvatar(node, id, name, bot);
  return node;
}

export function dressAvatar(node, id, name, bot) {
  node.className = "avatar" + (bot ? " bot" : id.startsWith("?") ? " stranger" : "");
  node.textContent = bot ? "督" : [...name].slice(-2).join("");
  node.style.background = bot || id.startsWith("?") ? "" : colour(id);
}

export function groupAvatar(people) {
  const node = el("span", "avatar group");
  node.setAttribute("aria-hidden", "true");
  for (const p of people.slice(0, 4)) {
    const tile = el("i", "", [...p.name][0]);
    tile.style.background = colour(p.id);
    node.append(tile);
  }
  return node;
}

// Times are written as they stand in the message: the campaign's wall clock, wherever the browser is.
function day(iso) {
  return Date.UTC(+iso.slice(0, 4), +iso.slice(5, 7) - 1, +iso.slice(8, 10)) / 86400000;
}

const weekdays = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"];

export function dateText(iso) {
  return `${+iso.slice(5, 7)}月${+iso.slice(8, 10)}日 ${weekdays[(day(iso) + 4) % 7]}`;
}

export function clockText(iso) {
  return `${dateText(iso)} ${iso.slice(11, 16)}`;
}

export function whenText(iso, now) {
  const ago = now ? day(now) - day(iso) : 0;
  if (ago === 0) return iso.slice(11, 16);
  if (ago === 1) return `昨天 ${iso.slice(11, 16)}`;
  return clockText(iso);
}

export function shortWhen(iso, now) {
  const ago = now ? day(now) - day(iso) : 0;
  if (ago === 0) return iso.slice(11, 16);
  return ago === 1 ? "昨天" : `${+iso.slice(5, 7)}-${iso.slice(8, 10)}`;
}

export function minutesBetween(a, b) {
  return (day(b) - day(a)) * 1440 + (+b.slice(11, 13) * 60 + +b.slice(14, 16)) - (+a.slice(11, 13) * 60 + +a.slice(14, 16));
}

export function preview(m) {
  const what = m.text || (m.pictures?.length ? "[图片]" : m.file ? `[文件] ${m.file.name}` : "");
  return what.replace(/\s+/g, " ");
}

export function pictureURL(ref) {
  return "/pictures/" + encodeURIComponent(ref);
}

// commands in what the bot says, 「完成 17」 or #17, can be tapped: they are put into the text field.
// An address of this machine, which only the bot gives, can be followed.
const parts = /(「[^」\n]{1,40}」|http:\/\/127\.0\.0\.1:\d+\/[\w/]*|#\d{1,9}|@[\p{Script=Han}A-Za-z0-9_]{2,12})/u;

function fillBubble(node, m, me, fill) {
  for (const part of m.text.split(parts)) {
    if (!part) continue;
    const command = m.bot && (part.startsWith("「") ? part.slice(1, -1) : part.startsWith("#") ? `查 ${part.slice(1)}` : "");
    if (command) {
      const button = el("button", "do", part);
      button.type = "button";
      button.title = `写入“${command}”`;
      button.addEventListener("click", () => fill(command));
      node.append(button);
    } else if (m.bot && part.startsWith("http:")) {
      const link = el("a", "", part);
      link.href = part;
      link.target = "_blank";
      link.rel = "noopener";
      node.append(link);
    } else if (part.startsWith("@") && m.bot && me && part === "@" + me.name) {
      node.append(el("span", "call", part));
    } else {
      node.append(part);
    }
  }
}

// message makes one message. acts: fill(text), quote(m), view(url), loaded().
export function message(m, me, acts) {
  const mine = me && m.from === me.id && !m.bot;
  const row = el("article", mine ? "msg mine" : "msg");
  row.dataset.seq = m.seq;
  row.setAttribute("aria-label", `${m.name} ${m.at.slice(11, 16)}`);
  const body = el("div", "body");
  if (!mine) body.append(el("span", "who-said", m.name));
  if (m.text) {
    const bubble = el("div", "bubble");
    fillBubble(bubble, m, me, acts.fill);
    body.append(bubble);
  }
  if (m.pictures?.length) body.append(pictures(m, acts));
  if (m.file) body.append(fileCard(m));
  if (m.quote) body.append(el("div", "quoted", `${m.quote.name}：${m.quote.text.replace(/\s+/g, " ")}`));
  if (m.failed) body.append(el("span", "failed", "没有送达"));
  const cite = el("button", "cite", "引用");
  cite.type = "button";
  cite.setAttribute("aria-label", `引用${m.name}的消息`);
  cite.addEventListener("click", () => acts.quote(m));
  row.append(avatar(m.from, m.name, m.bot), body, cite);
  return row;
}

function pictures(m, acts) {
  const box = el("div", "pics");
  m.pictures.forEach((ref, n) => {
    const img = el("img");
    img.alt = `${m.name}发的图片${n + 1}`;
    img.addEventListener("load", acts.loaded);
    img.src = pictureURL(ref);
    const open = el("button");
    open.type = "button";
    open.append(img);
    open.addEventListener("click", () => acts.view(img.src, img.alt));
    box.append(open);
  });
  return box;
}

function fileCard(m) {
  const a = el("a", "file");
  a.href = `/files/${m.seq}`;
  a.download = m.file.name;
  a.dataset.kind = (m.file.name.split(".").pop() || "文件").slice(0, 4).toUpperCase();
  const text = el("span");
  text.append(el("b", "", m.file.name), el("small", "", size(m.file.size)));
  a.append(text);
  return a;
}

function size(n) {
  return n < 1024 * 1024 ? `${Math.max(1, Math.round(n / 1024))} KB` : `${(n / 1024 / 1024).toFixed(1)} MB`;
}
