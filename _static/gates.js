/* A lane of the player (player.js): what every gate and cell of the network did, step by step.

   A row is a unit and a column a step; colours tell values. The number of a row picks its unit: the
   row opens, and the unit's values are a curve, with the one that is heard now as a number. The
   numbers come with the music (lstmblues/book/player_data.py), as bytes. */

"use strict";

window.bluesGates = ({ html, svg, write, percent, placeIn, shareAt, barlines, Line }) => {
  // Colours at equal distances, from the lowest value to the highest: those of the book's figures.
  const CIVIDIS = ["#00224e", "#083370", "#35456c", "#4f576c", "#666970", "#7d7c78", "#948e77",
    "#aea371", "#c8b866", "#e5cf52", "#fee838"];
  const BLUE_TO_RED = ["#053061", "#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#f7f7f7", "#fddbc7",
    "#f4a582", "#d6604d", "#b2182b", "#67001f"];
  const GREYS = ["#ffffff", "#000000"];

  // What can be shown, and how. `ends` are words for the ends of the scale, if there are better
  // ones than numbers; `highestFirst` has the notes one above the other, as the roll has them.
  const VIEWS = [
    {
      name: "gates",
      kinds: ["input gate", "forget gate", "output gate"],
      colours: CIVIDIS,
      ends: ["shut", "open"],
      text: "A row is a block: the gate that its cells share. Press its number to follow it.",
    },
    {
      name: "cell states",
      kinds: ["cell state"],
      colours: BLUE_TO_RED,
      text: "A row is a cell: what it remembers. Press its number to follow it.",
    },
    {
      name: "cell outputs",
      kinds: ["cell output"],
      colours: BLUE_TO_RED,
      text: "A row is a cell: what it tells the others. Press its number to follow it.",
    },
    {
      name: "outputs",
      kinds: ["output"],
      colours: GREYS,
      text: "A row is a note: how far it is expected next. Press its name to follow it.",
      highestFirst: true,
    },
  ];

  // The colours of so many levels, as pixels: red, green, blue and opacity of each.
  function palette(colours, count) {
    const canvas = html("canvas", { width: count, height: 1 }).getContext("2d");
    const gradient = canvas.createLinearGradient(0.5, 0, count - 0.5, 0);
    const last = colours.length - 1;
    colours.forEach((colour, number) => gradient.addColorStop(number / last, colour));
    canvas.fillStyle = gradient;
    canvas.fillRect(0, 0, count, 1);
    const { data } = canvas.getImageData(0, 0, count, 1);
    return Array.from({ length: count }, (_, level) => data.slice(4 * level, 4 * level + 4));
  }

  // A row: a gate, a cell or an output. At every step it has a level: 0 is its lowest value, and
  // `top` its highest.
  class Unit {
    constructor(lane, { group, kind, lowest, highest }, label, levels, top) {
      Object.assign(this, { lowest, highest, levels, top });
      this.name = `${kind}, ${label} (${group})`;
      const short = label.replace("block ", "").replace(", cell ", ".");
      const button = { type: "button", "aria-pressed": false, "aria-label": this.name };
      this.button = html("button", button, short);
      this.button.addEventListener("click", () => lane.pick(this));
      this.image = html("canvas", { height: 1, "aria-hidden": "true" });
      this.reading = html("p", { class: "reading", "aria-hidden": "true" });
      this.curve = svg("svg", { class: "curve", "aria-hidden": "true" });
      this.element = html("div", { class: "unit" }, this.button, this.image);
    }

    valueAt(step) {
      return this.lowest + (this.levels[step] / this.top) * (this.highest - this.lowest);
    }

    // The value in words. A byte tells two decimals of what ends at 1, and one of what goes on.
    tell(step) {
      const digits = this.valueAt(step).toFixed(this.highest > 1 ? 1 : 2);
      return `${this.name}: ${digits.replace(/^-(0\.0+)$/, "$1").replace("-", "−")}`;
    }

    pick(picked) {
      this.button.setAttribute("aria-pressed", picked);
      this.element.classList.toggle("picked", picked);
      if (picked) this.element.append(this.reading, this.curve);
      else for (const part of [this.reading, this.curve]) part.remove();
    }

    show([start, end], colours) {
      const { top, lowest, highest } = this;
      const [levels, length] = [this.levels.slice(start, end), end - start];
      const image = new ImageData(length, 1);
      levels.forEach((level, step) => image.data.set(colours[level], 4 * step));
      this.image.width = length; // a pixel a step, widened by the style
      this.image.getContext("2d").putImageData(image, 0, 0);

      // A value stays for its step, and then jumps.
      const values = [...levels].map((level, step) => `V${top - level}H${step + 1}`).join("");
      const zero = (top * highest) / (highest - lowest);
      const view = { viewBox: `0 0 ${length} ${top}`, preserveAspectRatio: "none" };
      const drawing = svg("svg", view);
      drawing.append(
        svg("path", { class: "area", d: `M0 ${zero}${values}V${zero}z` }),
        svg("path", { class: "zero", d: `M0 ${zero}H${length}` }),
        svg("path", { class: "values", d: `M0 ${top - levels[0]}${values}` }),
      );
      this.dot = svg("circle", { r: 4 });
      this.curve.replaceChildren(drawing, this.dot);
    }

    follow(step, window) {
      const now = Math.floor(step);
      write(this.reading, this.tell(now));
      this.dot.setAttribute("cx", placeIn(window, step));
      this.dot.setAttribute("cy", percent(1 - this.levels[now] / this.top));
    }
  }

  return class Gates {
    constructor(player) {
      this.player = player;
      this.line = new Line();
      this.column = html("div", { class: "column" });
      this.bars = svg("svg", { class: "bars", "aria-hidden": "true" });
      this.rows = html("div", { class: "rows" });
      const choices = { class: "choices", role: "group", "aria-label": "What is shown" };
      this.choices = html("div", choices);
      this.scale = html("p", { class: "scale" });
      this.text = html("p", { class: "text" });
      // Read aloud while the music rests, and never over it.
      this.told = html("p", { class: "told", role: "status" });
      const marks = [this.bars, this.column, this.line.element];
      const area = html("div", { class: "window" }, this.rows, ...marks);
      area.addEventListener("click", (event) => {
        if (!event.target.closest("button")) player.playIn(this.window, shareAt(event, area));
      });
      const head = html("div", { class: "head" }, this.choices, this.scale);
      const lane = html("div", { class: "lane gates" }, area);
      this.element = html("div", { hidden: "" }, head, lane, this.text, this.told);
    }

    draw(music) {
      this.music = music;
      const { levels, parts } = music.activations;
      this.views = VIEWS.map((each) => {
        const shown = parts.filter(({ kind }) => each.kinds.includes(kind));
        const groups = shown.map((part) => [part, this.unitsOf(part, levels)]);
        if (each.highestFirst) groups.reverse().forEach(([, units]) => units.reverse());
        const button = html("button", { type: "button" }, each.name);
        const view = { ...each, groups, button, pixels: palette(each.colours, levels) };
        button.addEventListener("click", () => this.choose(view));
        this.choices.append(button);
        return view;
      });
      this.choose(this.views[0]);
    }

    unitsOf(part, levels) {
      const bytes = Uint8Array.from(atob(part.values), (byte) => byte.charCodeAt(0));
      const { steps } = this.music;
      return part.units.map((label, row) => {
        const own = bytes.subarray(row * steps, (row + 1) * steps);
        return new Unit(this, part, label, own, levels - 1);
      });
    }

    choose(chosen) {
      this.view = chosen;
      for (const view of this.views) view.button.setAttribute("aria-pressed", view === chosen);
      const { groups, ends, colours, text } = chosen;
      this.units = groups.flatMap(([, units]) => units);
      this.rows.replaceChildren(
        ...groups.map(([{ group, kind }, units]) => {
          const title = html("p", { class: `title key ${group}` }, `${group}: ${kind}s`);
          return html("div", {}, title, ...units.map((unit) => unit.element));
        }),
      );
      const [{ lowest, highest }] = groups[0];
      const [low, high] = ends ?? [String(lowest).replace("-", "−"), highest];
      const strip = html("span", { class: "colours" });
      strip.style.background = `linear-gradient(to right, ${colours})`;
      this.scale.replaceChildren(low, strip, high);
      this.element.classList.toggle("from-white", colours !== CIVIDIS);
      write(this.text, text);
      this.window = undefined;
      this.player.refresh();
    }

    pick(unit) {
      const old = this.picked;
      old?.pick(false);
      this.picked = unit === old ? undefined : unit;
      this.picked?.pick(true);
      this.player.refresh();
    }

    follow(step, window) {
      if (this.element.hidden) return;
      if (`${window}` !== `${this.window}`) {
        for (const unit of this.units) unit.show(window, this.view.pixels);
        this.bars.replaceChildren(...barlines(this.music, window));
        this.column.style.width = percent(1 / (window[1] - window[0]));
      }
      this.window = window;
      const [start, end] = window;
      const now = Math.floor(step);
      this.line.move((step - start) / (end - start));
      this.column.style.left = placeIn(window, now);
      const followed = this.units.includes(this.picked) ? this.picked : undefined;
      followed?.follow(step, window);
      if (this.player.audio.paused) write(this.told, followed?.tell(now) ?? "");
    }
  };
};
