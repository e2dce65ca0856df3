/* What a practising musician asks of the player (player.js): another speed at the same pitch, softer
   or louder, some bars again and again, a link to a moment, and the keys of a headset. */

"use strict";

window.bluesPractice = ({ html, write, between, clock }) => {
  const SPEEDS = [50, 75, 90, 100, 110, 125]; // in percent

  const field = (text, control) => html("label", {}, `${text} `, control);

  return class Practice {
    constructor(player) {
      this.player = player;
      const { audio } = player;
      const speeds = SPEEDS.map((share) => html("option", { value: share / 100 }, `${share} %`));
      this.speed = html("select", {}, ...speeds);
      this.speed.value = 1;
      this.speed.addEventListener("change", () => {
        audio.preservesPitch = true;
        audio.defaultPlaybackRate = audio.playbackRate = Number(this.speed.value);
      });
      this.volume = html("input", { type: "range", min: 0, max: 100, value: 100 });
      this.volume.addEventListener("input", () => (audio.volume = this.volume.value / 100));
      this.from = html("button", { type: "button" }, "Loop from this bar");
      this.to = html("button", { type: "button" }, "Loop to this bar");
      this.off = html("button", { type: "button" }, "No loop");
      this.from.addEventListener("click", () => this.set(this.bar(), this.last));
      this.to.addEventListener("click", () => this.set(this.first, this.bar()));
      this.off.addEventListener("click", () => this.set());
      this.link = html("button", { type: "button" }, "Link to this moment");
      this.link.addEventListener("click", () => this.share());
      this.said = html("p", { role: "status" });
      const rows = [
        html("div", {}, field("Speed", this.speed), field("Volume", this.volume), this.link),
        html("div", {}, this.from, this.to, this.off),
      ];
      this.element = html("div", { class: "practice" }, ...rows, this.said);
      this.set();
      audio.addEventListener("play", () => this.listenToKeys());
    }

    bar() {
      const { music, audio } = this.player;
      return music.barAt(music.stepAt(audio.currentTime));
    }

    // Loop from the first of these bars to the end of the last. With one of them alone, loop that
    // bar; with none, go on to the end.
    set(first, last) {
      const both = [first ?? last, last ?? first].sort((one, other) => one - other);
      [this.first, this.last] = both;
      this.off.hidden = first === undefined && last === undefined;
      if (this.off.hidden) return write(this.said, "");
      const { music } = this.player;
      const [start, end] = both.map((bar) => music.placeAt(bar * music.stepsPerBar).join(", bar "));
      write(this.said, `Loops from chorus ${start}, to the end of chorus ${end}.`);
      this.follow();
    }

    // Called for every frame of what is played, as of a lane.
    follow() {
      if (this.first === undefined) return;
      const { music, audio } = this.player;
      const start = music.onsets[this.first * music.stepsPerBar];
      const end = music.onsets[(this.last + 1) * music.stepsPerBar];
      const past = audio.currentTime >= end || audio.currentTime < start - 0.5;
      if (past && !audio.paused) audio.currentTime = start;
    }

    // Put a link to the moment into the address, and where it can be pasted from.
    async share() {
      const { audio, address } = this.player;
      const name = address.match(/([^/]*)\.js/)[1];
      const place = new URL(`#play=${name}&t=${audio.currentTime.toFixed(1)}`, location.href);
      history.replaceState(null, "", place);
      const copied = await navigator.clipboard?.writeText(place.href).then(() => true, () => false);
      const where = copied ? "is copied" : "stands in the address bar";
      write(this.said, `A link to ${clock(audio.currentTime)} ${where}.`);
    }

    // The keys of a keyboard, a headset or a lock screen, and what that shows.
    listenToKeys() {
      const session = navigator.mediaSession;
      if (!session) return;
      const { player } = this;
      session.metadata = new MediaMetadata({ title: player.caption, album: "LSTM Blues" });
      const actions = {
        play: () => player.play(),
        pause: () => player.audio.pause(),
        seekbackward: () => player.move("stepsPerBar", -1),
        seekforward: () => player.move("stepsPerBar", 1),
        previoustrack: () => player.move("stepsPerChorus", -1),
        nexttrack: () => player.move("stepsPerChorus", 1),
        seekto: ({ seekTime }) => player.seek(between(0, seekTime, player.length)),
      };
      for (const [action, act] of Object.entries(actions)) session.setActionHandler(action, act);
    }
  };
};
