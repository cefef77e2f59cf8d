import { el, preview } from "/view.js";

const $ = (id) => document.getElementById(id);
const maxPictures = 9;

// startComposer makes the writing part work. send(text, quoteSeq, refs, file) answers null if it failed.
export function startComposer({ send, toast }) {
  const text = $("text");
  let quoted = null;
  let pictures = []; // {ref, url}
  let busy = false;

  const grow = () => {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight + 2, 132)}px`;
  };

  function fill(words) {
    text.value = words;
    grow();
    text.focus();
    text.setSelectionRange(words.length, words.length);
  }

  function quote(m) {
    quoted = m;
    $("quoting").hidden = !m;
    if (!m) return;
    $("quoting-text").textContent = `引用 ${m.name}：${preview(m)}`;
    text.focus();
  }

  function drawPictures() {
    $("thumbs").hidden = !pictures.length;
    $("thumbs").replaceChildren(...pictures.map((p, n) => {
      const item = el("li");
      const img = el("img");
      img.src = p.url;
      img.alt = `要发的图片${n + 1}`;
      const drop = el("button", "", "×");
      drop.type = "button";
      drop.setAttribute("aria-label", `去掉图片${n + 1}`);
      drop.addEventListener("click", () => { pictures.splice(n, 1); drawPictures(); });
      item.append(img, drop);
      return item;
    }));
  }

  async function add(files) {
    for (const f of files) {
      if (pictures.length >= maxPictures) {
        toast(`一次最多发 ${maxPictures} 张图片`);
        return;
      }
      const kept = await upload(f, toast, "/api/pictures", "图片");
      if (kept) pictures.push({ ref: kept.ref, url: URL.createObjectURL(f) });
      drawPictures();
    }
  }

  // A file is a message of its own, as on the phone.
  async function sendFile(f) {
    if (!f || busy) return;
    busy = true;
    const kept = await upload(f, toast, `/api/files?name=${encodeURIComponent(f.name)}`, "文件");
    if (kept) await send("", 0, [], kept);
    busy = false;
  }

  async function submit() {
    const words = text.value.trim();
    if (busy || (!words && !pictures.length)) return;
    busy = true;
    $("send").disabled = true;
    const done = await send(words, quoted ? quoted.seq : 0, pictures.map((p) => p.ref));
    busy = false;
    $("send").disabled = false;
    if (!done) return;
    text.value = "";
    pictures.forEach((p) => URL.revokeObjectURL(p.url));
    pictures = [];
    drawPictures();
    quote(null);
    grow();
    text.focus();
  }

  $("composer").addEventListener("submit", (e) => { e.preventDefault(); submit(); });
  text.addEventListener("input", grow);
  text.addEventListener("keydown", (e) => {
    // Enter that chooses a word of an input method must not send.
    if (e.key !== "Enter" || e.shiftKey || e.isComposing || e.keyCode === 229) return;
    e.preventDefault();
    submit();
  });
  text.addEventListener("paste", (e) => {
    const files = [...(e.clipboardData?.files || [])].filter((f) => f.type.startsWith("image/"));
    if (!files.length) return;
    e.preventDefault();
    add(files);
  });
  $("picture").addEventListener("change", (e) => { add([...e.target.files]); e.target.value = ""; });
  $("file").addEventListener("change", (e) => { sendFile(e.target.files[0]); e.target.value = ""; });
  $("mention").addEventListener("click", () => fill(text.value.includes("@督办") ? text.value : `@督办 ${text.value}`));
  $("quoting-close").addEventListener("click", () => quote(null));

  return {
    fill,
    quote,
    phrases(list) {
      $("chips").replaceChildren(...list.map((words) => {
        const b = el("button", "", words.trim().replace(/\s+/g, " "));
        b.type = "button";
        b.addEventListener("click", () => fill(words));
        return b;
      }));
    },
  };
}

async function upload(f, toast, where, what) {
  try {
    const res = await fetch(where, { method: "POST", headers: { "Content-Type": f.type || "application/octet-stream" }, body: f });
    const data = await res.json().catch(() => ({}));
    if (res.ok) return data;
    toast(data.error || `${what}没有传上去`);
  } catch {
    toast(`${what}没有传上去，可能太大了`);
  }
  return null;
}
