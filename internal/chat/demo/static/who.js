import { el, avatar } from "/view.js";

const $ = (id) => document.getElementById(id);
const starters = ["督查员", "联络员", "创城办", "领导"];
const tries = { 督查员: "上报、核查", 联络员: "签收、完成", 创城办: "派单、看逾期", 领导: "看日报、排名" };

// choosePerson asks who the visitor wants to be.
export function choosePerson(people, chosen) {
  const dialog = $("who");
  const take = (p) => { dialog.close(); chosen(p); };
  $("quick").replaceChildren(...starters.flatMap((role) => {
    const p = people.find((x) => x.role === role);
    return p ? [card(p, take, tries[role])] : [];
  }));
  const search = $("who-search");
  search.value = "";
  search.oninput = () => list(people, search.value.trim(), take);
  list(people, "", take);
  $("who-close").hidden = !sessionStorage.getItem("duban-person");
  dialog.oncancel = (e) => { if ($("who-close").hidden) e.preventDefault(); };
  if (!dialog.open) dialog.showModal();
}

function card(p, take, what) {
  const b = el("button");
  b.type = "button";
  b.dataset.person = p.id;
  b.append(avatar(p.id, p.name), el("b", "", p.name), el("span", "", p.role), el("small", "", what));
  b.addEventListener("click", () => take(p));
  return b;
}

function list(people, word, take) {
  const sections = new Map();
  for (const p of people) {
    if (word && !`${p.name}${p.unit}${p.role}`.includes(word)) continue;
    const key = p.unit && !p.id.startsWith("?") ? p.unit : p.role;
    if (!sections.has(key)) sections.set(key, []);
    sections.get(key).push(p);
  }
  const nodes = [];
  for (const [name, members] of sections) {
    nodes.push(el("h3", "", name));
    const box = el("div");
    for (const p of members) box.append(row(p, take));
    nodes.push(box);
  }
  if (!nodes.length) nodes.push(el("p", "note", "没有这个人"));
  $("people").replaceChildren(...nodes);
}

function row(p, take) {
  const b = el("button");
  b.type = "button";
  b.dataset.person = p.id;
  const text = el("span");
  text.append(p.name, el("small", "", p.id.startsWith("?") ? "未绑定，没有任何权限" : p.role));
  b.append(avatar(p.id, p.name), text);
  b.addEventListener("click", () => take(p));
  return b;
}
