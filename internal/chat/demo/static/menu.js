const $ = (id) => document.getElementById(id);

// startMenu opens the small menu of a message: by a right click, or by a long press where the browser has no such event.
// find(seq) gives the message.
export function startMenu({ find, quote, toast }) {
  const menu = $("menu");
  let current = null;
  let timer;

  function open(target, x, y) {
    const row = target.closest?.(".msg");
    current = row && find(+row.dataset.seq);
    if (!current) return false;
    menu.hidden = false;
    menu.style.left = `${Math.max(8, Math.min(x, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${Math.max(8, Math.min(y - menu.offsetHeight - 8, innerHeight - menu.offsetHeight - 8))}px`;
    return true;
  }

  const close = () => { menu.hidden = true; };
  const box = $("messages");
  box.addEventListener("contextmenu", (e) => { if (!e.target.closest("a, img") && open(e.target, e.clientX, e.clientY)) e.preventDefault(); });
  box.addEventListener("touchstart", (e) => {
    const { clientX, clientY } = e.touches[0];
    clearTimeout(timer);
    timer = setTimeout(() => open(e.target, clientX, clientY), 550);
  }, { passive: true });
  for (const kind of ["touchend", "touchmove", "touchcancel"]) box.addEventListener(kind, () => clearTimeout(timer), { passive: true });
  box.addEventListener("scroll", close, { passive: true });
  document.addEventListener("pointerdown", (e) => { if (!menu.contains(e.target)) close(); });
  document.addEventListener("keydown", (e) => { if (e.key === "Escape") close(); });
  $("menu-quote").addEventListener("click", () => { close(); quote(current); });
  $("menu-copy").addEventListener("click", async () => {
    close();
    try {
      await navigator.clipboard.writeText(current.text);
      toast("已复制");
    } catch {
      toast("浏览器不让复制，请手工选取文字");
    }
  });
}
