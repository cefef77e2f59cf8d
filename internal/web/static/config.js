// Line numbers beside the file, and a jump to the line of a fault. The page works without.
"use strict";
{
  const area = document.querySelector(".editor textarea");
  const numbers = document.createElement("div");
  numbers.className = "numbers";
  numbers.setAttribute("aria-hidden", "true");
  const box = document.createElement("div");
  box.className = "numbered";
  area.before(box);
  box.append(numbers, area);
  let count = 0;
  const number = () => {
    const lines = area.value.split("\n").length;
    if (lines !== count) {
      count = lines;
      numbers.textContent = Array.from({ length: lines }, (_, n) => n + 1).join("\n");
    }
    numbers.scrollTop = area.scrollTop;
  };
  area.addEventListener("input", number);
  area.addEventListener("scroll", () => { numbers.scrollTop = area.scrollTop; });
  number();
  for (const link of document.querySelectorAll("a[data-line]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const line = Number(link.dataset.line);
      const lines = area.value.split("\n");
      const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
      area.focus();
      area.setSelectionRange(start, start + (lines[line - 1] || "").length);
      area.scrollTop = (line - 4) * (area.scrollHeight / lines.length);
      area.scrollLeft = 0;
      area.scrollIntoView({ block: "center" });
    });
  }
}
