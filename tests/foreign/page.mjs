// `look FOLDER` opens each page of a folder in Chromium and looks at it as its readers do; it throws at the first thing that is
// wrong. `rename FILE FILE` writes a results file once more, with names that mean something in HTML.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";

// What Jenkins sends with an HTML report: no script, no style of the page's own.
const JENKINS = "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self';";

const HOSTILE = [
  "</script><img src=x onerror=alert(1)>",
  "\u202egnp.exe",
  "/long".repeat(800),
  "\"quoted\" & 'single' <b>",
  "日本語 العربية",
  "\u2028line\u0000",
];

const [, , task, folder, copy] = process.argv;
if (task === "rename") {
  const lines = readFileSync(folder, "utf8").trimEnd().split("\n").map(JSON.parse);
  const names = lines.filter((line) => line.t === "series").map((line) => line.name);
  const renamed = (key, value) => {
    const index = typeof value === "string" && key !== "t" && key !== "kind" ? names.indexOf(value) : -1;
    return index < 0 ? value : `${HOSTILE[index % HOSTILE.length]} ${index}`;
  };
  writeFileSync(copy, lines.map((line) => `${JSON.stringify(line, renamed)}\n`).join(""));
  process.exit();
}
const pages = readdirSync(folder).filter((name) => name.endsWith(".html"));
assert(pages.length > 0, "there are pages");

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** Opens an address, and collects each message and each request but the first. */
async function open(address, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const heard = [];
  page.on("console", (message) => heard.push(`console: ${message.text()}`));
  page.on("dialog", (dialog) => heard.push(`dialog: ${dialog.message()}`));
  page.on("pageerror", (error) => heard.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (request.url() !== address && !request.url().startsWith("data:")) heard.push(`request: ${request.url()}`);
  });
  await page.goto(address);
  return { context, page, heard };
}

/** The charts and tables of a page are there. */
async function readable(page) {
  assert(await page.locator("h1").isVisible());
  assert((await page.locator("table").count()) >= 3);
  for (const plot of await page.locator("svg.plot").all()) {
    const box = await plot.boundingBox();
    assert(box.width > 150 && box.height > 50, JSON.stringify(box));
    assert((await plot.locator("path").count()) > 0);
  }
}

/** Nothing is wider than the screen. */
async function fits(page) {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert(beyond <= 0, `${beyond} pixels beyond the screen`);
}

async function accessible(page, name) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).slice(0, 3).join(" ")}`);
  assert.deepEqual(found, [], name);
}

/** The part of a chart that is shown, in thousandths of the run: its start, and its width as the third. */
async function part(page, chart) {
  return (await page.locator(`#${chart} .body`).getAttribute("viewBox")).split(" ").map(Number);
}

/** The cursor, the zoom, the order of rows, the filter and the link do as they say. */
async function works(page) {
  const chart = page.locator("#latency .plot");
  const island = JSON.parse(await page.locator("#data").textContent());
  await chart.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  const lines = island.charts.find((chart) => chart.id === "latency").lines;
  const said = await chart.getAttribute("aria-valuetext");
  for (const [index, line] of lines.entries()) {
    const micros = line.values[1];
    const shown = await page.locator("#latency .legend b").nth(index).textContent();
    const [number, unit] = shown.split(" ");
    const factor = { "µs": 1, ms: 1e3, s: 1e6 }[unit];
    assert(Math.abs(number * factor - micros) <= micros * 0.006, `${line.name}: ${shown} and ${micros}`);
    assert(said.includes(`${line.name} ${shown}`), said);
  }
  const box = await chart.boundingBox();
  await page.mouse.move(box.x + box.width * 0.25, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 50);
  await page.mouse.up();
  const [left, , width] = await part(page, "rate");
  assert(Math.abs(left - 250) < 5 && Math.abs(width - 250) < 5, "all charts show the part that was chosen");
  assert.match(page.url(), /#from=\d+\.\d&to=\d+\.\d$/);
  await page.keyboard.press("Escape");
  const [start, , all] = await part(page, "users");
  assert(start === 0 && Math.abs(all - 1000) < 0.01, "all of the run is shown again");

  const rows = page.locator("#routes tbody");
  const counts = async () => (await rows.locator("tr:first-child td:nth-child(2)").allTextContents()).map((text) => Number(text.replaceAll(",", "")));
  await page.locator("#routes thead button").nth(1).click();
  await page.locator("#routes thead button").nth(1).click();
  const sorted = await counts();
  assert.deepEqual(sorted, [...sorted].sort((one, other) => one - other));
  assert.equal(await page.locator("#routes th[aria-sort]").getAttribute("aria-sort"), "ascending");
  if (await page.locator("#routes .filter").count()) {
    await page.keyboard.press("/");
    await page.keyboard.type("search");
    assert.equal(await rows.filter({ visible: true }).count(), 1);
    assert.match(page.url(), /#route=search/);
    await page.locator("#routes input").fill("");
    await page.locator("#routes input").blur();
  }
  const name = page.locator("#routes .name").first();
  const charts = await page.locator(".plot").count();
  await name.click();
  assert.equal(await page.locator(".plot").count(), charts + 2, "a row opens charts of its own");
  await page.locator("#routes .own .plot").first().focus();
  await page.keyboard.press("Home");
  assert.match(await page.locator("#routes .own .legend b").first().textContent(), /\/s$/);
  assert.equal(await name.getAttribute("aria-expanded"), "true");

  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await background();
  await page.keyboard.press("t");
  assert.notEqual(await background(), before);
  await page.keyboard.press("t");
}

/** Milliseconds with three digits, as people read them. */
function latency(millis) {
  if (millis === null) return "–";
  const digits = (value) => value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
  if (millis < 0.9995) return `${(millis * 1e3).toFixed(0)} µs`;
  return millis < 999.5 ? `${digits(millis)} ms` : `${digits(millis / 1e3)} s`;
}

/** The figures of scenarios and routes are those of the JSON report. */
async function equal(page, report) {
  for (const kind of ["scenarios", "routes"]) {
    for (const { name, ok, failed } of report[kind]) {
      const head = page.locator(`th:text-is(${JSON.stringify(name)})`);
      const row = page.locator(`#${kind} tbody tr`, { has: head });
      const [count, failures, , ...times] = await row.locator("td").allTextContents();
      assert.equal(Number(count.replaceAll(",", "")), ok.count + failed.count, name);
      assert.equal(Number(failures.split(" ")[0].replaceAll(",", "")), failed.count, name);
      const expected = [ok.min_ms, ok.p50_ms, ok.p90_ms, ok.p99_ms, ok.p99_9_ms, ok.max_ms].map(latency);
      assert.deepEqual(times.slice(0, 6), expected, name);
    }
  }
}

for (const name of pages) {
  const file = join(folder, name);
  const address = pathToFileURL(file).href;
  for (const [width, height] of [[1100, 900], [360, 740]]) {
    for (const colorScheme of ["light", "dark"]) {
      const title = `${name}, ${width} pixels, ${colorScheme}`;
      const { context, page, heard } = await open(address, { viewport: { width, height }, colorScheme });
      await readable(page);
      await fits(page);
      await accessible(page, title);
      await works(page);
      await accessible(page, `${title}, after its use`);
      assert.deepEqual(heard, [], title);
      await context.close();
    }
  }

  const { context, page, heard } = await open(address, { javaScriptEnabled: false });
  await readable(page);
  if (name === "hostile.html") {
    assert((await page.locator("th", { hasText: HOSTILE[0] }).count()) > 0, "the name is there as a text");
  } else {
    await equal(page, JSON.parse(readFileSync(file.replace(/html$/, "json"))));
  }
  assert.deepEqual(heard, [], `${name}, without script`);
  const paper = (await page.pdf({ format: "A4" })).toString("latin1");
  const sheets = paper.match(/\/Type\s*\/Page\b/g).length;
  assert(sheets <= 8, `${sheets} sheets of paper`);
  await context.close();

  const server = createServer((request, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": JENKINS });
    response.end(readFileSync(file));
  });
  await new Promise((started) => server.listen(0, "127.0.0.1", started));
  const jenkins = await open(`http://127.0.0.1:${server.address().port}/`, {});
  await readable(jenkins.page);
  assert.deepEqual(jenkins.heard.filter((line) => line.startsWith("request")), [], `${name}, as Jenkins serves it`);
  await jenkins.context.close();
  server.close();
}
await browser.close();
