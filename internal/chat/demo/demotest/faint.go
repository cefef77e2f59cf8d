package demotest

// Faint is a JavaScript expression: the texts of a page that stand out less from what is behind them than WCAG 2.1 AA asks for, 4.5 times,
// or 3 times if they are large. What is hidden from screen readers is decoration, and what is disabled need not be read.
const Faint = `(() => {
  const rgba = (text) => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return [r, g, b, a]; };
  const over = (top, below) => [0, 1, 2].map((n) => top[n] * top[3] + below[n] * (1 - top[3])).concat(1);
  const line = (e) => e ? [...line(e.parentElement), e] : [];
  const linear = (v) => v <= 10 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b) + 0.05;
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, style = getComputedStyle(e);
    if (!walk.currentNode.data.trim() || !e.checkVisibility({ checkVisibilityCSS: true }) || e.closest("[aria-hidden=true], :disabled, title, desc")) continue;
    const opacity = line(e).reduce((o, p) => o * getComputedStyle(p).opacity, 1);
    if (opacity === 0) continue;
    const back = line(e).reduce((below, p) => over(rgba(getComputedStyle(p).backgroundColor), below), [255, 255, 255, 1]);
    const ink = rgba(e.closest("svg") ? style.fill : style.color);
    const [less, more] = [light(over([...ink.slice(0, 3), ink[3] * opacity], back)), light(back)].sort((a, b) => a - b);
    const size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
    if (more / less < (large ? 3 : 4.5)) found.add((more / less).toFixed(1) + " " + walk.currentNode.data.trim().slice(0, 12));
  }
  return [...found];
})()`
