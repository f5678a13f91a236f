// What is wrong with a page for those who do not see it, do not see it well, or have no mouse.
const wrong = [];
const all = selector => [...document.querySelectorAll(selector)];
const expect = (fact, words) => { if (!fact) wrong.push(words); };
const told = element => element.outerHTML.slice(0, 120);
expect(document.documentElement.lang === 'en', 'the language is not said');
expect(document.title.length > 9, 'no title');
for (const [selector, count] of [['h1', 1], ['main', 1], ['body > header', 1], ['nav[aria-label]', location.pathname === '/login' ? 0 : 1], ['a.skip', 1]])
  expect(all(selector).length === count, `${selector}: ${all(selector).length}`);
expect(document.querySelector('a') === document.querySelector('a.skip'), 'the skip link is not the first');
all('input:not([type=hidden]), select, textarea').forEach(field => expect(field.labels.length, `no label: ${told(field)}`));
all('button, a').forEach(element => expect((element.getAttribute('aria-label') || element.textContent).trim(), `no name: ${told(element)}`));
all('table').forEach(table => expect(table.caption && table.caption.textContent.trim(), `no caption: ${told(table)}`));
all('th').forEach(head => expect(head.scope, `no scope: ${told(head)}`));
const ids = all('[id]').map(element => element.id);
ids.forEach((id, index) => expect(ids.indexOf(id) === index, `id ${id} is there twice`));
for (const name of ['aria-labelledby', 'aria-describedby'])
  all(`[${name}]`).forEach(element => element.getAttribute(name).split(' ').forEach(id => expect(ids.includes(id), `refers to nothing: ${told(element)}`)));
let level = 0;
all('h1, h2, h3').forEach(head => { const next = +head.tagName[1]; expect(next <= level + 1, `level ${next} after ${level}`); level = next; });
expect(document.documentElement.scrollWidth <= innerWidth, `the page is ${document.documentElement.scrollWidth} wide in ${innerWidth}`);
expect(!all('script, [style], [onclick]').length, 'there is a script or a style in the page');
all('[tabindex]').forEach(element => expect(element.tabIndex <= 0, `out of turn: ${told(element)}`));
const parse = color => color.match(/[\d.]+/g).map(Number);
const light = color => { const [r, g, b] = color.map(c => { c /= 255; return c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
const contrast = (one, other) => { const [a, b] = [light(one), light(other)]; return (Math.max(a, b) + .05) / (Math.min(a, b) + .05); };
const ground = element => { for (let e = element; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
all('body *').filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())).forEach(element => {
  const found = contrast(parse(getComputedStyle(element).color), ground(element));
  expect(found >= 4.5, `contrast ${found.toFixed(2)}: ${told(element)}`);
});
all('input:not([type=hidden]), select, textarea').forEach(field => {
  const found = contrast(parse(getComputedStyle(field).borderTopColor), ground(field.parentElement));
  expect(found >= 3, `contrast ${found.toFixed(2)} of the border: ${told(field)}`);
});
return wrong;
