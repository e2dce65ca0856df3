/* The player of every piece of music in the book, on its pages and in a live notebook.

   In the page stands an <audio> element inside <blues-player> (lstmblues/book/player.py writes it); it
   plays without this script as well. Here it gets a button, a strip to seek on and, once it is
   asked for anything, the notes: a piano roll and the engraved score, which follow the sound. They
   come from NAME.js beside the sound (lstmblues/book/player_data.py): a script, because a page opened from
   disk may fetch nothing else. What a network did in composing is in there as well, and gates.js,
   which comes when it is asked for, shows it. Time is in steps (eighth notes) where it does not
   say seconds. */

(() => {
  "use strict";

  if (customElements.get("blues-player")) return;

  window.bluesPlayer ??= document.currentScript; // so that no player on the page brings it again
  const besideThis = (name) => bluesPlayer.src.replace(/player\.js(\?v=\w+)?(?=$|\?)/, name);
  const NARROW = 560; // a player of fewer pixels shows a line of bars at a time, not a chorus
  const stillness = matchMedia("(prefers-reduced-motion: reduce)");
  const scrolling = () => (stillness.matches ? "instant" : "smooth");

  const builder = (create) => (name, attributes, ...children) => {
    const element = create(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const html = builder((name) => document.createElement(name));
  const svg = builder((name) => document.createElementNS("http://www.w3.org/2000/svg", name));
  // Nothing is laid out anew for what stands there already.
  const write = (element, text) => element.textContent === text || (element.textContent = text);
  const percent = (share) => `${100 * share}%`;
  const between = (low, value, high) => Math.min(Math.max(value, low), high);
  const clock = (seconds) =>
    `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

  // Where in an element, from 0 at its left to 1, the pointer is.
  function shareAt(event, element) {
    const box = element.getBoundingClientRect();
    return between(0, (event.clientX - box.left) / box.width, 1);
  }

  // Where in the window [start, end] a step is, likewise, for an attribute.
  const placeIn = ([start, end], step) => percent((step - start) / (end - start));

  // A promise that a script has run. Pages opened from disk may load scripts, and nothing else.
  function bring(address) {
    return new Promise((resolve, reject) => {
      const script = html("script", { src: address });
      Object.assign(script, { onload: resolve, onerror: reject });
      document.head.append(script);
    });
  }

  // --- The music: what NAME.js holds, and questions to it ----------------------------------------

  class Music {
    constructor(data) {
      Object.assign(this, data);
      this.bars = this.steps / this.stepsPerBar;
      this.stepsPerChorus = this.stepsPerBar * this.barsPerChorus;
      this.choruses = Math.ceil(this.bars / this.barsPerChorus);
      this.notes = ["chords", "melody"].flatMap((voice) =>
        data[voice].map(([pitch, onset, duration]) => ({ voice, pitch, onset, duration })),
      );
      this.sounding = Array.from({ length: this.steps }, () => []); // the notes at every step
      for (const note of this.notes)
        for (let step = note.onset; step < note.onset + note.duration; step++)
          this.sounding[step].push(note);
    }

    // After the last step the sound rings on; what is shown is the end of that step.
    stepAt(seconds) {
      const late = seconds + 1e-4; // browsers round the time of the sound, down as well as up
      const step = between(0, this.onsets.findLastIndex((onset) => onset <= late), this.steps - 1);
      const [start, end] = this.onsets.slice(step, step + 2);
      return step + between(0, (seconds - start) / (end - start), 0.999);
    }

    barAt(step) {
      return Math.floor(step / this.stepsPerBar);
    }

    // The chorus, and the bar within it, counted from 1.
    placeAt(step) {
      const bar = this.barAt(step);
      return [Math.floor(bar / this.barsPerChorus) + 1, (bar % this.barsPerChorus) + 1];
    }

    symbolAt(step) {
      return this.symbols.findLast(([onset]) => onset <= step)[1];
    }

    // The symbol that the form has where the music has another chord, or undefined.
    formInstead(step) {
      return this.wrong.find(([onset, end]) => onset <= step && step < end)?.[2];
    }

    // What the lanes show at once, as [start, end]: the chorus, or one line of it.
    windowAt(step, narrow) {
      const length = this.stepsPerBar * (narrow ? this.barsPerLine : this.barsPerChorus);
      const chorus = Math.floor(step / this.stepsPerChorus) * this.stepsPerChorus;
      const start = chorus + Math.floor((step - chorus) / length) * length;
      return [start, Math.min(start + length, chorus + Math.min(this.stepsPerChorus, this.steps))];
    }
  }

  const loading = new Map(); // promises of music, by the address of its script

  function musicAt(address) {
    if (!loading.has(address)) {
      const name = decodeURIComponent(new URL(address).pathname).match(/([^/]*)\.js$/)[1];
      const coming = bring(address).then(() => new Music(window.bluesMusic[name]));
      coming.catch(() => loading.delete(address)); // the next who asks may have more luck
      loading.set(address, coming);
    }
    return loading.get(address);
  }

  // --- Lanes -------------------------------------------------------------------------------------
  // A lane is an element with draw(music), called once, when the music is there, and with
  // follow(step, window), called for every frame of what is played and after every jump. `step` has
  // a fraction; `window` is what the lanes below each other show, see Music.windowAt.

  // A line across a lane. It is as wide as the lane, so that moving it lays out nothing anew.
  class Line {
    element = html("div", { class: "line" });

    move(share) {
      this.element.style.transform = `translateX(${percent(share)})`;
    }
  }

  // The bar lines in a window, as SVG. Those that begin a line of the score are stronger.
  function barlines(music, window) {
    const [start, end] = window;
    const lines = [];
    for (let step = start; step <= end; step += music.stepsPerBar) {
      const name = (step - start) % (music.stepsPerBar * music.barsPerLine) ? "" : "first";
      const x = placeIn(window, step);
      lines.push(svg("line", { x1: x, x2: x, y2: "100%", class: `barline ${name}` }));
    }
    return lines;
  }

  // The whole piece, in seconds: the control to seek with.
  class Overview {
    constructor(player) {
      this.player = player;
      this.line = new Line();
      this.played = html("div", { class: "played" });
      this.drawing = svg("svg", { "aria-hidden": "true" });
      const track = html("div", { class: "track" }, this.drawing, this.played, this.line.element);
      const slider = { role: "slider", tabindex: 0, "aria-label": "Position", "aria-valuemin": 0 };
      slider["aria-valuemax"] = Math.round(player.length);
      this.element = html("div", { class: "overview", ...slider }, track);
      const jump = (event) => {
        player.audio.currentTime = shareAt(event, this.element) * player.length;
        player.refresh(); // a sound that is not loaded yet tells of no jump
      };
      const take = (event) => {
        this.finger = undefined;
        this.element.setPointerCapture(event.pointerId);
        jump(event);
      };
      // A finger may be about to scroll the page. It seeks if it moves along the strip, or is lifted
      // where it was put down; when it scrolls, the browser takes it away (pointercancel).
      this.element.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        if (event.pointerType === "mouse") take(event);
        else this.finger = event.clientX;
      });
      this.element.addEventListener("pointermove", (event) => {
        if (this.element.hasPointerCapture(event.pointerId)) jump(event);
        else if (Math.abs(event.clientX - this.finger) > 8) take(event);
      });
      this.element.addEventListener("pointerup", (event) => {
        if (this.finger !== undefined) take(event);
      });
      this.element.addEventListener("pointercancel", () => (this.finger = undefined));
      // Only then, because the strip may have to move, to make place.
      this.element.addEventListener("lostpointercapture", () => player.ask());
    }

    draw(music) {
      const x = (step) => music.onsets[Math.min(step, music.steps)] / this.player.length;
      const area = (name, onset, end, top = 0) => {
        const [left, width] = [percent(x(onset)), percent(x(end) - x(onset))];
        const size = { x: left, width, y: percent(top), height: percent(1 - top) };
        this.drawing.append(svg("rect", { class: name, ...size }));
      };
      const bar = (name, number, top) =>
        area(name, number * music.stepsPerBar, (number + 1) * music.stepsPerBar, top);
      for (let step = 0; step < music.steps; step += music.stepsPerChorus)
        area("chorus", step, step + music.stepsPerChorus);
      // Above the highest there is room for the marks of the moments.
      music.distance?.forEach((share, number) => bar("distance", number, 1 - share / 130));
      const wrong = music.wrong.flatMap(([onset, end]) => {
        const [first, last] = [music.barAt(onset), music.barAt(end - 1)];
        return Array.from({ length: last - first + 1 }, (_, number) => first + number);
      });
      for (const number of new Set(wrong)) bar("wrong", number);
      for (const seconds of this.player.moments) {
        const place = { class: "moment", x: percent(seconds / this.player.length) };
        this.drawing.append(svg("svg", place, svg("path", { d: "M-5 0H5L0 8z" })));
      }
    }

    follow() {
      const share = between(0, this.player.audio.currentTime / this.player.length, 1);
      this.line.move(share);
      this.played.style.transform = `scaleX(${share})`;
    }
  }

  // The notes in the window: time to the right, pitch upwards.
  class Roll {
    static ROW = 7; // pixels a semitone
    static TOP = 32; // pixels for the chord symbols, which stand in two rows

    constructor(player) {
      this.line = new Line();
      this.drawing = svg("svg", { "aria-hidden": "true" });
      const area = html("div", { class: "window" }, this.drawing, this.line.element);
      this.element = html("div", { class: "lane roll" }, area);
      area.addEventListener("click", (event) => player.playIn(this.window, shareAt(event, area)));
    }

    draw(music) {
      this.music = music;
      this.drawing.style.height = `${this.y(music.lowest - 1)}px`;
    }

    y(pitch) {
      return Roll.TOP + (this.music.highest - pitch) * Roll.ROW;
    }

    follow(step, window) {
      const [start, end] = window;
      if (`${window}` !== `${this.window}`) this.drawing.replaceChildren(...this.show(window));
      this.window = window;
      this.line.move((step - start) / (end - start));
      const sounding = this.music.sounding[Math.floor(step)];
      for (const [note, shape] of this.notes)
        shape.classList.toggle("sounding", sounding.includes(note));
    }

    show(window) {
      const { music } = this;
      const [start, end] = window;
      const x = (step) => placeIn(window, step);
      const width = (steps) => percent(steps / (end - start));
      const inside = (onset) => start <= onset && onset < end;
      const drawn = [];
      for (let pitch = music.lowest; pitch <= music.highest; pitch++) {
        if (pitch % 12) continue; // rows of C are marked, and named by their octave
        const row = { y: this.y(pitch), width: "100%", height: Roll.ROW, class: "c" };
        const name = { x: -6, y: this.y(pitch) + Roll.ROW, class: "octave" };
        drawn.push(svg("rect", row), svg("text", name, `C${pitch / 12 - 1}`));
      }
      drawn.push(...barlines(music, window));
      for (const [onset, stop] of music.wrong) {
        const [left, right] = [Math.max(onset, start), Math.min(stop, end)];
        if (left >= right) continue;
        const area = { x: x(left), width: width(right - left), height: "100%", class: "wrong" };
        drawn.push(svg("rect", area));
      }
      const changes = music.symbols.filter(([onset]) => onset > start && inside(onset));
      for (const [step, symbol] of [[start, music.symbolAt(start)], ...changes]) {
        const place = { x: x(step), dx: 3, y: step % music.stepsPerBar ? 26 : 13 };
        const wrong = music.formInstead(step) !== undefined; // its notes would not fit
        drawn.push(svg("text", { ...place, class: "symbol" }, wrong ? "≠" : symbol));
      }
      this.notes = new Map();
      for (const note of music.notes.filter(({ onset }) => inside(onset))) {
        const place = { x: x(note.onset), y: this.y(note.pitch), width: width(note.duration) };
        const look = { height: Roll.ROW, rx: 2, class: `note ${note.voice}` };
        this.notes.set(note, svg("rect", { ...place, ...look }));
      }
      return [...drawn, ...this.notes.values()];
    }
  }

  // The engraved score: of it, the window, scrolled to the bar that sounds.
  class Score {
    constructor(player) {
      this.line = new Line();
      // It scrolls by itself, and what it says is in the notes as text.
      const attributes = { class: "lane sheet", tabindex: -1, "aria-hidden": "true" };
      this.element = html("div", attributes);
      this.element.addEventListener("click", (event) => {
        const bar = this.bars.indexOf(event.target.closest(".measure"));
        if (bar >= 0) player.play(this.music.onsets[bar * this.music.stepsPerBar]);
      });
    }

    draw(music) {
      this.music = music;
      this.element.innerHTML = music.score;
      this.sheet = this.element.firstElementChild;
      this.systems = [...this.sheet.querySelectorAll(".system")];
      this.bars = [...this.sheet.querySelectorAll(".measure")];
      for (const bar of this.bars) bar.prepend(this.ground(bar));
      this.marked = [];
      this.element.append(this.line.element);
    }

    // A rectangle behind a bar, to mark it and to be clicked, sized by the lines of the staff.
    ground(bar) {
      const ends = [...bar.querySelectorAll(":scope > .staff > path")].map((line) =>
        line.getAttribute("d").match(/-?\d+/g).map(Number),
      );
      const [[left, top, right], [, bottom]] = [ends[0], ends.at(-1)];
      const height = bottom - top;
      const size = { x: left, width: right - left, y: top - height, height: 2.7 * height };
      return svg("rect", { class: "ground", rx: 90, "stroke-width": 0, ...size });
    }

    follow(step, window) {
      const { music, element } = this;
      const view = `${window} ${element.clientWidth}`;
      const resized = view !== this.view;
      if (resized) this.show(window);
      this.move(step);
      if (Math.floor(step) === this.step && !resized) return;
      Object.assign(this, { step: Math.floor(step), view });
      const bar = this.bars[music.barAt(step)];
      const notes = music.sounding[this.step]
        .filter(({ voice }) => voice === "melody")
        .map(({ onset }) => this.sheet.querySelector(`#note-${onset}`));
      for (const old of this.marked) old.classList.remove("sounding");
      this.marked = [bar, ...notes];
      for (const now of this.marked) now.classList.add("sounding");
      if (resized || bar !== this.bar) this.scroll(bar);
      this.bar = bar;
    }

    show([start, end]) {
      const { element } = this;
      const { stepsPerBar } = this.music;
      const bars = this.bars.slice(start / stepsPerBar, end / stepsPerBar);
      this.shown = [...new Set(bars.map((bar) => bar.closest(".system")))];
      for (const system of this.systems)
        system.classList.toggle("shown", this.shown.includes(system));
      const [first, last] = [this.shown[0], this.shown.at(-1)];
      const height = last.getBoundingClientRect().bottom - first.getBoundingClientRect().top;
      // Lines of the score differ in height. What is below the player does not jump with them.
      this.tallest = this.width === element.clientWidth ? Math.max(this.tallest, height) : height;
      this.width = element.clientWidth;
      element.style.height = `${this.tallest}px`;
      this.anchors = bars.flatMap((bar) => this.anchorsOf(bar));
    }

    // Where steps of a bar are in the sheet, in pixels: its notes, and, at a line's end, its own.
    anchorsOf(bar) {
      const { stepsPerBar, notes } = this.music;
      const sheet = this.sheet.getBoundingClientRect();
      const ground = bar.querySelector(".ground").getBoundingClientRect();
      const [number, height] = [this.bars.indexOf(bar), ground.height];
      const first = number * stepsPerBar;
      const anchor = (step, x) => ({ step, x: x - sheet.left, y: ground.top - sheet.top, height });
      const anchors = notes
        .filter(({ voice, onset }) => voice === "melody" && this.music.barAt(onset) === number)
        .map(({ onset }) => {
          const head = this.sheet.querySelector(`#note-${onset} > :first-child`);
          const { left, width } = head.getBoundingClientRect();
          return anchor(onset, left + width / 2);
        });
      if (anchors[0]?.step !== first) anchors.unshift(anchor(first, ground.left));
      const next = this.bars[number + 1];
      if (next?.closest(".system") !== bar.closest(".system"))
        anchors.push(anchor(first + stepsPerBar, ground.right));
      return anchors;
    }

    // Engraved notes do not stand where time would have them: the line goes from each to the next.
    move(step) {
      const index = this.anchors.findLastIndex((anchor) => anchor.step <= step);
      const [here, next] = this.anchors.slice(index, index + 2);
      const share = (step - here.step) / (next.step - here.step);
      const x = here.x + share * (next.x - here.x);
      Object.assign(this.line.element.style, {
        height: `${here.height}px`,
        transform: `translate(${x}px, ${here.y}px)`,
      });
    }

    scroll(bar) {
      const sheet = this.sheet.getBoundingClientRect();
      const top = this.shown[0].getBoundingClientRect().top - sheet.top;
      const left = bar.getBoundingClientRect().left - sheet.left - 12; // a bit of what was before
      this.element.scrollTo({ top, left, behavior: scrolling() });
    }
  }

  // --- The player --------------------------------------------------------------------------------

  const FRAME = `
    <div class="player">
      <button class="play" type="button">
        <svg viewBox="0 0 24 24" aria-hidden="true"><path class="go" d="M8 5v14l11-7z"/><path
          class="rest" d="M7 5h3.5v14H7zM13.5 5H17v14h-3.5z"/></svg>
      </button>
      <div class="status">
        <span class="symbol"></span>
        <span><span class="place"></span> <span class="place"></span></span>
      </div>
      <span class="time"><span class="elapsed"></span><span class="length"></span></span>
      <button class="notes" type="button">Notes</button>
      <p class="trouble" role="alert"></p>
      <slot class="plain"></slot>
      <slot class="moments" name="moments"></slot>
      <div class="panel">
        <div class="network" hidden>
          <button class="inside" type="button" aria-expanded="false">Inside the network</button>
        </div>
        <p class="legend"></p>
        <p class="hint"><kbd>Space</kbd> play or pause <kbd>←</kbd> <kbd>→</kbd> a bar
          <kbd>↓</kbd> <kbd>↑</kbd> a chorus <kbd>Home</kbd> to the start</p>
        <details><summary>The notes as text</summary></details>
      </div>
    </div>`;

  // What comes when it is asked for: the lane of the gates, and what is for practising; classes.
  // All players on a page share a script.
  const tools = { html, svg, write, percent, between, clock, placeIn, shareAt, barlines, Line };
  const parts = new Map();
  function bringPart(name, part) {
    if (!parts.has(name)) {
      const coming = bring(besideThis(name)).then(() => window[part](tools));
      coming.catch(() => parts.delete(name));
      parts.set(name, coming);
    }
    return parts.get(name);
  }

  class BluesPlayer extends HTMLElement {
    connectedCallback() {
      // While the page is still being read, what stands inside this element may not be there yet.
      if (document.readyState !== "loading") this.enhance();
      else document.addEventListener("DOMContentLoaded", () => this.enhance(), { once: true });
    }

    enhance() {
      if (this.shadowRoot) return;
      const root = this.attachShadow({ mode: "open" });
      const style = html("link", { rel: "stylesheet", href: besideThis("player.css") });
      const plain = html("slot", {}); // the plain player, until the style is there
      root.append(style, plain);
      style.onload = () => {
        plain.replaceWith(document.createRange().createContextualFragment(FRAME));
        this.prepare(root);
      };
    }

    prepare(root) {
      this.find = (selector) => root.querySelector(selector);
      this.figure = this.closest("figure");
      this.audio = this.querySelector("audio");
      this.length = Number(this.getAttribute("seconds"));
      this.moments = [...this.querySelectorAll(".moments a")].map(secondsOf);
      this.overview = new Overview(this);
      this.lanes = [this.overview, new Roll(this), new Score(this)];
      const [overview, ...others] = this.lanes.map((lane) => lane.element);
      this.find(".status").after(overview);
      this.find(".panel").prepend(...others);
      this.caption = this.figure.querySelector("figcaption").textContent;
      this.setAttribute("role", "group");
      this.setAttribute("aria-label", this.caption);
      this.dataset.lmSuppressShortcuts = true; // JupyterLab leaves the keys below to the player
      this.find(".length").textContent = ` / ${clock(this.length)}`;
      this.find(".play").addEventListener("click", () => this.toggle());
      this.find(".notes").addEventListener("click", () => {
        if (this.music) this.open(!this.opened);
        else this.ask();
      });
      this.find(".inside").addEventListener("click", () => this.lookInside());
      this.figure.addEventListener("keydown", (event) => this.press(event));
      this.audio.addEventListener("play", () => this.ask());
      this.audio.addEventListener("error", () => this.fail());
      for (const change of ["play", "pause", "ended", "seeking", "emptied"])
        this.audio.addEventListener(change, () => this.refresh());
      new ResizeObserver(() => this.refresh()).observe(this);
      if (location.hash.startsWith("#play=")) followAddress();
      this.seen = true;
      new IntersectionObserver(([{ isIntersecting }]) => {
        this.seen = isIntersecting;
        this.refresh();
      }).observe(this);
      this.open(false);
    }

    // The address of the notes. It is not known before: JupyterLab settles addresses afterwards.
    get address() {
      return this.audio?.src.replace(/\.mp3(?=$|[?#])/, ".js");
    }

    // Load the notes and show them, the first time that the player is asked for anything.
    ask() {
      this.asked ??= musicAt(this.address).then(
        (music) => {
          for (const lane of this.lanes) lane.draw(music);
          this.describe(music);
          this.find(".network").hidden = !music.activations;
          this.music = music;
          if (!this.audio.error) this.miss("");
          this.open(true);
          bringPart("practice.js", "bluesPractice").then(
            (Practice) => this.practise(new Practice(this)),
            () => this.miss("Speed and loops cannot be set: their script is not there."),
          );
        },
        () => {
          this.asked = undefined;
          this.miss("The notes cannot be loaded: their file is not there.");
        },
      );
      return this.asked;
    }

    // Show what is for practising.
    practise(practice) {
      this.lanes.push(practice);
      this.find(".legend").before(practice.element);
    }

    open(opened) {
      this.opened = opened;
      this.find(".player").classList.toggle("open", opened);
      this.find(".notes").setAttribute("aria-expanded", opened);
      this.refresh();
    }

    // Show what the network did, or hide it again.
    async lookInside() {
      const button = this.find(".inside");
      const expanded = button.getAttribute("aria-expanded") === "true";
      this.gates ??= bringPart("gates.js", "bluesGates").then((Gates) => {
        const lane = new Gates(this);
        lane.draw(this.music);
        this.lanes.push(lane);
        button.after(lane.element);
        return lane;
      });
      try {
        (await this.gates).element.hidden = expanded;
      } catch {
        this.gates = undefined;
        return this.miss("The inside cannot be shown: its script is not there.");
      }
      button.setAttribute("aria-expanded", !expanded);
      this.refresh();
    }

    describe({ melody, chords, distance, wrong, texts, barsPerChorus }) {
      const keys = [];
      if (melody.length) keys.push(["melody", "melody"]);
      if (chords.length) keys.push(["chords", "chords"]);
      if (distance) keys.push(["distance", "how far from the training melodies, bar by bar"]);
      if (wrong.length) keys.push(["wrong", "not the form’s chord"]);
      if (this.moments.length) keys.push(["moment", "the moments above"]);
      for (const [kind, text] of keys)
        this.find(".legend").append(html("span", { class: `key ${kind}` }, text));
      const words = this.find("details");
      words.append(html("p", {}, "Beat after beat; “and” stands between two eighth notes."));
      for (let bar = 0; bar < texts.length; bar += barsPerChorus) {
        const items = texts.slice(bar, bar + barsPerChorus).map((text) => html("li", {}, text));
        words.append(html("h4", {}, `Chorus ${bar / barsPerChorus + 1}`), html("ul", {}, ...items));
      }
    }

    play(seconds = this.audio.currentTime) {
      if (seconds !== this.audio.currentTime) this.audio.currentTime = seconds;
      this.audio.play().catch(() => {}); // an event tells what went wrong
    }

    toggle() {
      if (this.audio.paused) this.play();
      else this.audio.pause();
    }

    async seek(seconds) {
      this.audio.currentTime = between(0, seconds, this.length);
      await this.ask();
      this.refresh();
      this.tell();
    }

    // Play from the step at a share, from 0 to 1, of what a window shows.
    playIn([start, end], share) {
      const step = Math.floor(start + share * (end - start));
      this.play(this.music.onsets[Math.min(step, this.music.steps - 1)]);
    }

    // Go on by a bar or a chorus, or back to where this one begins, or, being there, the last one.
    async move(unit, direction) {
      await this.ask();
      if (!this.music) return;
      const steps = this.music[unit];
      const now = this.music.stepAt(this.audio.currentTime);
      const start = Math.floor(now / steps) * steps;
      const back = now - start > 2 ? start : Math.max(start - steps, 0);
      const goal = direction > 0 ? start + steps : back;
      if (goal < this.music.steps) this.seek(this.music.onsets[goal]);
    }

    press(event) {
      const target = event.composedPath()[0];
      const actions = {
        " ": () => this.toggle(),
        ArrowLeft: () => this.move("stepsPerBar", -1),
        ArrowRight: () => this.move("stepsPerBar", 1),
        ArrowDown: () => this.move("stepsPerChorus", -1),
        ArrowUp: () => this.move("stepsPerChorus", 1),
        Home: () => this.seek(0),
        End: () => this.seek(this.length),
        PageDown: () => this.move("stepsPerChorus", -1),
        PageUp: () => this.move("stepsPerChorus", 1),
      };
      const action = actions[event.key];
      // The text scrolls by these keys, and so does the page, unless the strip has the focus.
      const scrolls = target.closest("details") || /^Page|^End/.test(event.key);
      const elsewhere = target === this.audio || (scrolls && target !== this.overview.element);
      const otherwise = event.ctrlKey || event.metaKey || event.altKey || elsewhere;
      // A button does by itself what the space bar asks of it.
      const itself = event.key === " " && target.closest("button, summary");
      if (!action || otherwise || itself) return;
      event.preventDefault();
      action();
    }

    // Show the state of the sound and, while it plays, its place in every frame.
    refresh() {
      const playing = !this.audio.paused && !this.audio.ended;
      this.find(".player").classList.toggle("playing", playing);
      const does = playing ? "Pause" : "Play";
      this.find(".play").setAttribute("aria-label", `${does}: ${this.caption}`);
      cancelAnimationFrame(this.frame);
      this.follow();
    }

    follow() {
      const { audio, music, overview } = this;
      write(this.find(".elapsed"), clock(audio.currentTime));
      overview.follow();
      if (music && this.opened && this.seen) {
        const step = music.stepAt(audio.currentTime);
        this.place(step);
        const window = music.windowAt(step, this.clientWidth < NARROW);
        for (const lane of this.lanes) lane.follow(step, window);
      }
      // A screen reader would speak over the music if its user has the focus here: see seek().
      if (audio.paused || this.shadowRoot.activeElement !== overview.element) this.tell();
      if (!audio.paused && this.seen) this.frame = requestAnimationFrame(() => this.follow());
    }

    place(step) {
      const { music } = this;
      const [chorus, bar] = music.placeAt(step);
      const instead = music.formInstead(step);
      const symbol = this.find(".status .symbol");
      const [above, below] = this.shadowRoot.querySelectorAll(".place");
      const ofBars = `Bar ${bar} of ${Math.min(music.bars, music.barsPerChorus)}`;
      write(symbol, music.symbolAt(step));
      symbol.classList.toggle("wrong", instead !== undefined);
      write(above, music.choruses > 1 ? `Chorus ${chorus} of ${music.choruses}` : "");
      write(below, instead ? `${ofBars}: the form has ${instead}` : ofBars);
    }

    // What a screen reader says of the position.
    tell() {
      const { audio, music, overview } = this;
      const words = [clock(audio.currentTime)];
      if (music) {
        const step = music.stepAt(audio.currentTime);
        const [chorus, bar] = music.placeAt(step);
        words.unshift(`Chorus ${chorus}`, `bar ${bar}`, music.symbolAt(step));
      }
      overview.element.setAttribute("aria-valuenow", Math.round(audio.currentTime));
      overview.element.setAttribute("aria-valuetext", words.join(", "));
    }

    // Say that something is missing; what is there goes on working.
    miss(what) {
      this.find(".trouble").textContent = what;
    }

    // Say that there is no sound, and leave the plain player.
    fail() {
      const name = new URL(this.audio.src).pathname.match(/([^/]*)\.mp3$/)[1];
      const missing = this.audio.error?.code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED;
      const why = missing ? `${name}.mp3 is not there` : "no sound comes out of this machine";
      this.find(".player").classList.add("failed");
      this.miss(`The sound cannot be played: ${why}.`);
    }
  }

  customElements.define("blues-player", BluesPlayer);

  // --- The page ----------------------------------------------------------------------------------

  // The seconds in a link to a moment, such as blues.mp3#t=25.5; NaN for any other link.
  function secondsOf(link) {
    return Number(/\.mp3(?:\?.*)?#t=([\d.]+)$/.exec(link.href)?.[1] ?? NaN);
  }

  // A link to a moment, anywhere on the page, starts that recording's player if there is one.
  function followLink(event) {
    const link = event.composedPath().find((element) => element.localName === "a");
    const otherwise = event.button || event.ctrlKey || event.metaKey || event.shiftKey;
    if (!link || otherwise || Number.isNaN(secondsOf(link))) return;
    const near = link.closest("blues-player") ?? [];
    const path = (address) => new URL(address).pathname;
    const player = [near, ...document.querySelectorAll("blues-player")].flat().find(
      ({ audio }) => audio && path(audio.src) === path(link.href),
    );
    if (!player) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    player.play(secondsOf(link));
    const { top, bottom } = player.getBoundingClientRect();
    if (bottom < 0 || top > innerHeight)
      player.scrollIntoView({ block: "center", behavior: scrolling() });
  }
  document.addEventListener("click", followLink, true);

  // An address may name a recording and a moment: #play=composition&t=25.5 (see practice.js).
  function followAddress() {
    const { play, t } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    const player = [...document.querySelectorAll("blues-player")].find(
      ({ address }) => play && address?.endsWith(`/${play}.js`),
    );
    if (!player) return;
    player.scrollIntoView({ block: "center" });
    player.seek(Number(t) || 0);
  }
  addEventListener("hashchange", followAddress);

  // One plays at a time. (Such events do not bubble, but can be caught on their way down.)
  function pauseOthers(event) {
    for (const { audio } of document.querySelectorAll("blues-player"))
      if (audio !== event.target) audio?.pause();
  }
  document.addEventListener("play", pauseOthers, true);
})();
