"use strict";
// All that the page says is there without this script. It adds a cursor over all charts, zoom, sorting, filters, links, copying
// and a choice of colours. Text from outside goes through `textContent` alone; nothing is kept, asked for or timed.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  /** Makes an element of HTML with attributes and a text. */
  function make(name, attributes = {}, text = "") {
    const element = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    element.textContent = text;
    return element;
  }

  /** Makes a button. */
  function button(text, action, attributes = {}) {
    const element = make("button", { type: "button", ...attributes }, text);
    element.addEventListener("click", action);
    return element;
  }

  /** Makes a shape of SVG with attributes. */
  function shape(name, attributes) {
    const element = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    return element;
  }

  // ---- numbers as the page writes them

  const digits = (value) => value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
  const whole = (value) => Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");

  function latency(micros) {
    if (micros < 1) return micros === 0 ? "0 µs" : "<1 µs";
    if (micros < 999.5) return `${micros.toFixed(0)} µs`;
    if (micros < 999.5e3) return `${digits(micros / 1e3)} ms`;
    return micros < 999.5e6 ? `${digits(micros / 1e6)} s` : clock(micros / 1e3);
  }

  /** A time of the run as its axis shows it. */
  function clock(millis) {
    const seconds = Math.floor(millis / 1000 + 1e-6);
    const two = (number) => String(number).padStart(2, "0");
    if (data && data.end < 60e3) {
      const step = view.to - view.from > 2e3 ? 100 : 1;
      return `${Math.round(millis / step) * step / 1000} s`;
    }
    if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
    return `${Math.floor(seconds / 3600)}h${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  }

  const UNITS = {
    rate: (value) => `${value < 99.95 && value !== 0 ? digits(value) : whole(value)}/s`,
    count: (value) => (Number.isInteger(value) ? whole(value) : digits(value)),
    time: latency,
  };

  // ---- colours

  const root = document.documentElement;
  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const changeTheme = () => { root.dataset.theme = isDark() ? "light" : "dark"; };
  document.querySelector("header").prepend(button("Light or dark", changeTheme, { class: "theme", title: "t" }));

  // ---- copying

  for (const code of all("code.copy")) {
    const copy = button("copy", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        copy.textContent = "copied";
      } catch {
        // Where a page may not write to the clipboard, the text is at least selected.
        getSelection().selectAllChildren(code);
      }
    });
    code.after(" ", copy);
  }

  // ---- tables: sorting and filters

  const FACTORS = { "µs": 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86400 };

  /** The number that a cell begins with, times in seconds; nothing where there is none. */
  function numberOf(text) {
    const plain = text.replaceAll(",", "").replace(/^[<>]/, "");
    const parts = [...plain.matchAll(/(\d+(?:\.\d+)?)\s?(µs|ms|[smhd])(?=\s|$)/g)];
    if (parts.length) return parts.reduce((sum, [, number, unit]) => sum + number * FACTORS[unit], 0);
    const number = parseFloat(plain);
    return Number.isNaN(number) ? undefined : number;
  }

  /** Sorts by a column: the greatest first, names from A on; again the other way round. */
  function sort(table, column, head) {
    const bodies = [...table.tBodies];
    const groups = bodies.length > 1 ? bodies : [...bodies[0].rows];
    const parent = bodies.length > 1 ? table : bodies[0];
    const cell = (group) => ((group.rows ? group.rows[0] : group).cells[column]?.textContent ?? "");
    const isName = column === 0;
    const before = head.getAttribute("aria-sort");
    const direction = before ? (before === "ascending" ? "descending" : "ascending") : isName ? "ascending" : "descending";
    const sign = direction === "ascending" ? 1 : -1;
    const compare = (one, other) => {
      const [a, b] = [cell(one), cell(other)];
      const [x, y] = [numberOf(a), numberOf(b)];
      if (x !== undefined && y !== undefined) return sign * (x - y);
      // Cells without a number are last, in both directions.
      if (x !== y) return x === undefined ? 1 : -1;
      return sign * a.localeCompare(b);
    };
    const byName = (one, other) => sign * cell(one).localeCompare(cell(other));
    all("th[aria-sort]", table).forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", direction);
    const isClock = isName && groups.every((group) => numberOf(cell(group)) !== undefined);
    const last = bodies.length > 1 ? table.tFoot : null;
    groups.sort(isName && !isClock ? byName : compare).forEach((group) => parent.insertBefore(group, last));
  }

  for (const table of all("table")) {
    all("thead th", table).forEach((head, column) => {
      const text = head.textContent;
      head.textContent = "";
      head.append(button(text, () => sort(table, column, head)));
    });
  }

  const filters = new Map();
  for (const section of all("section")) {
    const table = section.querySelector(":scope > .scroll > table");
    const groups = table ? [...(table.tBodies.length > 1 ? table.tBodies : table.tBodies[0].rows)] : [];
    if (groups.length < 8) continue;
    const title = section.querySelector("h2").textContent;
    const input = make("input", { type: "search", "aria-label": `Filter: ${title}`, placeholder: "filter ( / )" });
    const found = make("span", { role: "status" });
    const apply = () => {
      const words = input.value.toLowerCase().split(/\s+/);
      const name = (group) => group.querySelector("th").textContent.toLowerCase();
      groups.forEach((group) => { group.hidden = !words.every((word) => name(group).includes(word)); });
      const shown = groups.filter((group) => !group.hidden).length;
      found.textContent = input.value ? ` ${shown} of ${groups.length}` : "";
    };
    input.addEventListener("input", () => { apply(); writeLink(); });
    const line = make("p", { class: "filter" });
    line.append(input, found);
    section.querySelector("h2").after(line);
    filters.set(section.id, { input, apply });
  }

  // ---- charts: one cursor, one zoom

  const island = document.getElementById("data");
  const data = island ? JSON.parse(island.textContent) : null;
  const view = { from: 0, to: data ? data.end : 0 };
  const charts = [];
  let at = null;

  /** A chart with the elements that change. */
  function prepare(chart) {
    const figure = document.getElementById(chart.id);
    const plot = figure.querySelector(".plot");
    const body = plot.querySelector(".body");
    const height = body.getAttribute("height");
    const cursor = shape("line", { class: "cursor", y1: 16, y2: 16 + Number(height), visibility: "hidden" });
    const time = shape("text", { class: "at", y: 12, "font-size": 12, "text-anchor": "middle", visibility: "hidden" });
    const range = shape("rect", { class: "range", y: 16, height, visibility: "hidden" });
    all(".hits", body).forEach((hits) => hits.remove());
    plot.append(range, cursor, time);
    plot.setAttribute("tabindex", "0");
    plot.setAttribute("role", "slider");
    plot.setAttribute("aria-valuemin", "0");
    plot.setAttribute("aria-valuemax", String(Math.round(data.end / 1000)));
    plot.setAttribute("aria-valuenow", "0");
    plot.setAttribute("aria-valuetext", "arrow keys move the cursor");
    const signs = all(".sign", plot).map((sign) => ({ sign, share: parseFloat(sign.getAttribute("x")) / 100 }));
    return { ...chart, plot, body, height, cursor, time, range, signs, values: all(".legend b", figure) };
  }

  const shareOf = (millis) => (millis - view.from) / (view.to - view.from);

  /** The time under a pointer. */
  function timeAt(event, plot) {
    const box = plot.getBoundingClientRect();
    const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    return view.from + share * (view.to - view.from);
  }

  /** The value of a line at a time. */
  function valueAt(line, millis) {
    const times = data.times[line.time];
    let place = times.findIndex((end, index) => index > 0 && millis < end) - 1;
    if (place < 0 && millis >= times[times.length - 1]) place = line.values.length - 1;
    return line.values[place] ?? null;
  }

  /** Moves the cursor of all charts, or takes it away. */
  function moveCursor(millis) {
    at = millis;
    for (const chart of charts) {
      const isSeen = at !== null && at >= view.from && at <= view.to;
      [chart.cursor, chart.time].forEach((part) => part.setAttribute("visibility", isSeen ? "visible" : "hidden"));
      const texts = chart.lines.map((line, index) => {
        const value = at === null ? null : valueAt(line, at);
        const text = value === null ? "–" : UNITS[chart.unit](value);
        chart.values[index].textContent = at === null ? "" : text;
        return `${line.name} ${text}`;
      });
      if (!isSeen) continue;
      const share = shareOf(at);
      const x = `${share * 100}%`;
      chart.cursor.setAttribute("x1", x);
      chart.cursor.setAttribute("x2", x);
      chart.time.setAttribute("x", x);
      chart.time.setAttribute("text-anchor", share < 0.04 ? "start" : share > 0.96 ? "end" : "middle");
      chart.time.textContent = clock(at);
      chart.plot.setAttribute("aria-valuenow", String(Math.round(at / 1000)));
      chart.plot.setAttribute("aria-valuetext", `${clock(at)}: ${texts.join(", ")}`);
    }
  }

  const DISTANCES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 3e4, 6e4, 12e4, 3e5, 6e5, 12e5, 18e5, 36e5,
    72e5, 144e5, 432e5, 864e5];

  /** Shows a part of the time in all charts. */
  function zoom(from, to) {
    if (!data || to - from < Math.max(data.end / 1000, 2)) return;
    view.from = Math.max(from, 0);
    view.to = Math.min(to, data.end);
    const isWhole = view.from === 0 && view.to === data.end;
    const distance = DISTANCES.find((step) => step >= (view.to - view.from) / 6) ?? 864e5;
    for (const chart of charts) {
      const scale = 1000 / data.end;
      chart.body.setAttribute("viewBox", `${view.from * scale} 0 ${(view.to - view.from) * scale} ${chart.height}`);
      const labels = chart.plot.querySelector(".times");
      const y = labels.querySelector("text").getAttribute("y");
      labels.textContent = "";
      for (let tick = Math.ceil(view.from / distance) * distance; tick <= view.to; tick += distance) {
        const share = shareOf(tick);
        const anchor = share < 0.02 ? "start" : share > 0.97 ? "end" : "middle";
        const label = shape("text", { x: `${share * 100}%`, y, "text-anchor": anchor });
        label.textContent = clock(tick);
        labels.append(label);
      }
      for (const { sign, share } of chart.signs) {
        const place = shareOf(share * data.end);
        sign.setAttribute("x", `${place * 100}%`);
        sign.setAttribute("visibility", place >= 0 && place <= 1 ? "visible" : "hidden");
      }
    }
    reset.hidden = isWhole;
    moveCursor(at);
  }

  const reset = button("Show all of the run", () => { zoom(0, data.end); writeLink(); });
  reset.hidden = true;

  /** Lets a pointer move the cursor, and a drag of a mouse choose a part of the time. */
  function followPointer({ plot, range }) {
    let start = null;
    plot.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch") return moveCursor(timeAt(event, plot));
      start = timeAt(event, plot);
      plot.setPointerCapture(event.pointerId);
    });
    plot.addEventListener("pointermove", (event) => {
      const now = timeAt(event, plot);
      moveCursor(now);
      if (start === null) return;
      const [from, to] = [start, now].sort((one, other) => one - other).map(shareOf);
      range.setAttribute("x", `${from * 100}%`);
      range.setAttribute("width", `${(to - from) * 100}%`);
      range.setAttribute("visibility", "visible");
    });
    const end = (event) => {
      range.setAttribute("visibility", "hidden");
      if (start === null) return;
      const [from, to] = [start, timeAt(event, plot)].sort((one, other) => one - other);
      start = null;
      if (shareOf(to) - shareOf(from) > 0.01) {
        zoom(from, to);
        writeLink();
      }
    };
    plot.addEventListener("pointerup", end);
    plot.addEventListener("pointercancel", end);
    plot.addEventListener("pointerleave", () => { if (start === null) moveCursor(null); });
  }

  /** Lets keys move the cursor of a chart that has the focus. */
  function followKeys({ plot, lines }) {
    plot.addEventListener("keydown", (event) => {
      const times = data.times[lines[0].time];
      const now = at ?? view.from;
      const next = {
        ArrowRight: () => times.find((time) => time > now + 1) ?? now,
        ArrowLeft: () => times.findLast((time) => time < now - 1) ?? now,
        Home: () => view.from,
        End: () => view.to,
      }[event.key];
      if (!next || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      moveCursor(Math.min(Math.max(next(), view.from), view.to));
    });
    plot.addEventListener("focus", () => moveCursor(at ?? view.from));
  }

  /** Adds a chart to those that share the cursor and the zoom. */
  function follow(chart) {
    const prepared = prepare(chart);
    followPointer(prepared);
    followKeys(prepared);
    charts.push(prepared);
  }

  if (data) {
    data.charts.forEach(follow);
    const help = make("p", { class: "help" }, "Drag in a chart to zoom. Keys: ← → move the cursor, [ and ] begin and end the part at it, Esc shows all. ");
    help.append(reset);
    document.querySelector("#course h2").after(help);
  }

  // ---- the course of a single row, below it

  /** The ticks from 0 to a value. */
  function ticks(greatest) {
    const power = 10 ** Math.floor(Math.log10(greatest / 3));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= greatest / 3 - 1e-9);
    return Array.from({ length: Math.ceil(greatest / step - 1e-9) + 1 }, (_, index) => index * step);
  }

  /** A chart as those of the page are: its figure, for lines with a class and a value for each stretch of time. */
  function figureOf({ id, title, unit, lines }) {
    const height = 80;
    const times = data.times[lines[0].time];
    const marks = ticks(Math.max(...lines.flatMap((line) => line.values), 1e-3));
    const y = (value) => height * (1 - value / marks[marks.length - 1]);
    const figure = make("figure", { class: "chart", id });
    const caption = make("figcaption");
    const legend = make("ul", { class: "legend" });
    const look = (line) => (line.class === "failed" ? { class: "failed" } : { class: line.class, fill: "none", "stroke-width": 1.5 });
    for (const line of lines) {
      const sample = shape("svg", { width: 26, height: 10, "aria-hidden": "true" });
      sample.append(shape("path", { ...look(line), d: line.class === "failed" ? "M0 2H26V9H0Z" : "M0 5H26" }));
      const item = make("li");
      item.append(sample, line.name, make("b"));
      legend.append(item);
    }
    caption.append(make("strong", {}, title), legend);
    const labels = shape("svg", { class: "labels", width: 62, height: height + 38, "font-size": 12, "text-anchor": "end", "aria-hidden": "true" });
    const plot = shape("svg", { class: "plot", height: height + 38, "aria-label": title });
    const grid = shape("g", { class: "grid" });
    for (const mark of marks) {
      const label = shape("text", { x: 56, y: 20 + y(mark) });
      label.textContent = mark === 0 ? "0" : UNITS[unit](mark);
      labels.append(label);
      grid.append(shape("line", { x2: "100%", y1: 16 + y(mark), y2: 16 + y(mark) }));
    }
    const body = shape("svg", { class: "body", y: 16, width: "100%", height, viewBox: `0 0 1000 ${height}`, preserveAspectRatio: "none" });
    for (const line of lines) {
      const steps = line.values.map((value, index) => {
        const [from, to] = [times[index], times[index + 1]].map((time) => (time / data.end) * 1000);
        if (value === null) return "";
        const isJoined = index > 0 && line.values[index - 1] !== null && line.class !== "failed";
        const start = isJoined ? `V${y(value)}` : `M${from} ${line.class === "failed" ? height : y(value)}V${y(value)}`;
        return `${start}H${to}${line.class === "failed" ? `V${height}Z` : ""}`;
      });
      body.append(shape("path", { ...look(line), d: steps.join("") }));
    }
    const foot = shape("g", { class: "times", "font-size": 12 });
    foot.append(shape("text", { y: height + 32 }));
    plot.append(grid, foot, body);
    const frame = make("div", { class: "frame" });
    frame.append(labels, plot);
    figure.append(caption, frame);
    return figure;
  }

  /** The rates and latencies of a row as charts. */
  function chartsOf(id, [seconds, counts, failed, p50, p99]) {
    const ends = [...counts.keys(), counts.length].map((place) => Math.min(place * seconds * 1000, data.end));
    const time = data.times.push(ends) - 1;
    const line = (name, look, values) => ({ name, class: look, time, values });
    const length = (index) => ends[index + 1] - ends[index];
    // In a short rest at the end the last of them came back: it has no rate of its own.
    const isRest = (index) => index === counts.length - 1 && index > 0 && length(index) < seconds * 500;
    const rate = (count, index) => (isRest(index) ? null : (count * 1000) / Math.max(length(index), 1));
    const micros = (millis, index) => (millis === null || isRest(index) ? null : millis * 1000);
    const rates = [line("ended", "ended", counts.map(rate))];
    if (failed) rates.push(line("failed", "failed", failed.map(rate)));
    const times = Object.entries({ p50, p99 }).filter(([, values]) => values);
    const lines = times.map(([name, values]) => line(name, name, values.map(micros)));
    return [
      { id: `${id}-rate`, title: "Rate, per second", unit: "rate", lines: rates },
      { id: `${id}-latency`, title: "Latency", unit: "time", lines },
    ].filter((chart) => chart.lines.length > 0);
  }

  function addCourse(group, id, values) {
    const head = group.querySelector("th");
    const name = head.textContent;
    let row = null;
    const toggle = button(name, () => {
      toggle.setAttribute("aria-expanded", String(!row));
      if (row) {
        row.remove();
        charts.splice(0, charts.length, ...charts.filter((chart) => !chart.id.startsWith(`${id}-`)));
        row = null;
        return;
      }
      row = make("tr", { class: "own" });
      const cell = make("td", { colspan: group.rows[0].cells.length });
      const own = chartsOf(id, values);
      cell.append(...own.map(figureOf));
      row.append(cell);
      group.append(row);
      own.forEach(follow);
      zoom(view.from, view.to);
    }, { class: "name", "aria-expanded": "false" });
    head.textContent = "";
    head.append(toggle);
  }

  for (const [kind, rows] of Object.entries(data ? data.rows : {})) {
    const groups = all(`#${kind} tbody`);
    rows.forEach((values, index) => {
      if (values[1].length) addCourse(groups[index], `${kind}-${index}`, values);
    });
  }

  // ---- keys of the page

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLInputElement) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const action = {
      t: changeTheme,
      "/": () => (filters.get("routes") ?? filters.values().next().value)?.input.focus(),
      "[": () => at !== null && zoom(at, view.to),
      "]": () => at !== null && zoom(view.from, at),
      Escape: () => data && zoom(0, data.end),
    }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
    writeLink();
  });

  // ---- links: #route=…&from=…&to=…, times in seconds

  function writeLink() {
    const parts = new URLSearchParams();
    const filter = filters.get("routes")?.input.value;
    if (filter) parts.set("route", filter);
    if (data && (view.from > 0 || view.to < data.end)) {
      parts.set("from", (view.from / 1000).toFixed(1));
      parts.set("to", (view.to / 1000).toFixed(1));
    }
    try {
      history.replaceState(null, "", parts.size ? `#${parts}` : location.pathname + location.search);
    } catch {
      // A frame without an origin has no links.
    }
  }

  function readLink() {
    if (!location.hash.includes("=")) return;
    const parts = new URLSearchParams(location.hash.slice(1));
    const filter = filters.get("routes");
    if (filter && parts.has("route")) {
      filter.input.value = parts.get("route");
      filter.apply();
    }
    if (data && (parts.has("from") || parts.has("to"))) {
      const number = (name, otherwise) => (parts.has(name) ? Number(parts.get(name)) * 1000 || 0 : otherwise);
      zoom(number("from", 0), number("to", data.end));
    }
  }

  readLink();
  addEventListener("hashchange", readLink);
})();
