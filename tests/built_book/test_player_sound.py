"""The player in time, to the millisecond: what is shown is what is heard.

What the lines show is held against the time of the <audio> element, the time of the element against
what comes out of it, and the sound against the notes as they are written.
"""

import base64

import numpy as np
import pytest
from player_page import look_inside, player_of, press_play

from lstmblues.book import recordings
from lstmblues.book.recordings import FOLDER, FORM
from lstmblues.music.notes import held_notes, seconds_at
from lstmblues.music.sound import SAMPLE_RATE, render

IN_STEP = 50
"""By how many milliseconds a line may be away from the sound."""

LINES = """(player, seconds) => new Promise((resolve) => {
    const root = player.shadowRoot, samples = [];
    const box = (selector) => root.querySelector(selector).getBoundingClientRect();
    const line = (lane) => box(`${lane} .line`).left + 1; // it is two pixels wide
    const share = (lane, area) => (line(lane) - box(area).left) / box(area).width;
    const heads = [...root.querySelectorAll(".system.shown .note > :first-child")].map((head) => {
        const { left, width } = head.getBoundingClientRect();
        return [Number(head.parentNode.id.slice(5)), left + width / 2 - box(".sheet > svg").left];
    });
    const first = performance.now();
    // The player has asked for its frame first: so each sample sees what is about to be painted.
    const sample = () => {
        samples.push({
            clock: performance.now(),
            seconds: player.audio.currentTime,
            overview: share(".overview", ".track"),
            roll: share(".roll", ".roll .window"),
            gates: share(".gates", ".gates .window"),
            score: line(".sheet") - box(".sheet > svg").left,
        });
        if (performance.now() - first < 1000 * seconds) requestAnimationFrame(sample);
        else resolve({ heads, samples });
    };
    requestAnimationFrame(sample);
})"""


@pytest.mark.parametrize("start", [0.5, 19])
def test_every_line_is_in_step_with_the_time_of_the_sound(start, open_page):
    player = player_of(open_page("two", size=(1200, 1800)), "two")
    look_inside(player, seconds=start)
    press_play(player)
    player.page.wait_for_timeout(500)
    measured = player.evaluate(LINES, 2.5)
    samples = {
        name: np.array([sample[name] for sample in measured["samples"]])
        for name in measured["samples"][0]
    }
    sound = samples["seconds"]
    assert len(sound) > 30
    assert 2 < np.ptp(sound) < 3
    # Only the heads in the line of the score that plays: four bars, 32 steps, eight seconds.
    of_the_line = [head for head in measured["heads"] if head[0] // 32 == int(start / 8)]
    onsets, places = np.array(of_the_line).T
    chorus = float(seconds_at(FORM.steps))
    shown = {
        "overview": samples["overview"] * float(player.get_attribute("seconds")),
        "roll": samples["roll"] * chorus,
        "gates": samples["gates"] * chorus,
        "score": np.interp(samples["score"], places, seconds_at(onsets)),
    }
    clock = (samples["clock"] - samples["clock"][0]) / 1000
    ahead = clock - sound
    worst = {name: 1000 * np.abs(seconds - sound).max() for name, seconds in shown.items()}
    worst["clock of the page"] = 1000 * np.abs(ahead - np.median(ahead)).max()
    print(*(f"{name}: {ms:.1f} ms" for name, ms in worst.items()), f"in {len(sound)} frames")
    assert max(worst.values()) < IN_STEP


@pytest.fixture(scope="module")
def scale_as_mp3(site):
    return base64.b64encode((site / FOLDER / "scale.mp3").read_bytes()).decode()


@pytest.fixture(scope="module")
def scale_as_rendered():
    return render(recordings.piece("scale"))


def lag(sound: np.ndarray, reference: np.ndarray) -> float:
    """By how many milliseconds ``sound`` comes later than ``reference``: where both agree most."""
    size = 2 ** (len(sound) + len(reference)).bit_length()
    spectrum = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(reference, size))
    samples = int(np.argmax(np.fft.irfft(spectrum, size)))
    return 1000 / SAMPLE_RATE * (samples if samples < size // 2 else samples - size)


DECODE = """async ([content, rate]) => {
    const bytes = Uint8Array.from(atob(content), (byte) => byte.charCodeAt(0));
    const sound = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes.buffer);
    return [...sound.getChannelData(0)];
}"""


def test_notes_begin_in_the_decoded_sound_when_they_are_written(
    open_page, scale_as_mp3, scale_as_rendered
):
    decoded = np.array(open_page("two").evaluate(DECODE, [scale_as_mp3, SAMPLE_RATE]))
    assert len(decoded) == len(scale_as_rendered)
    assert abs(lag(decoded, scale_as_rendered)) < 1
    # A note begins with the noise of the hammer: so high frequencies show its onset best.
    window, reach = SAMPLE_RATE // 500, SAMPLE_RATE // 20
    energy = np.convolve(np.diff(decoded, 2) ** 2, np.ones(window) / window)
    late = []
    for note in held_notes(recordings.piece("scale"))[0]:
        due = round(float(seconds_at(note.onset)) * SAMPLE_RATE)
        before = energy[max(0, due - reach) : due].max(initial=0)
        after = energy[due : due + reach]
        late.append(1000 * np.argmax(after > before + 0.1 * (after.max() - before)) / SAMPLE_RATE)
    print("notes begin after", [round(ms, 1) for ms in late], "ms")
    assert 0 < max(late) < 15


# A page may not listen to a sound that it loads from disk, but it may to one it has made a Blob of.
OVERHEAR = """async ([content, rate]) => {
    const bytes = Uint8Array.from(atob(content), (byte) => byte.charCodeAt(0));
    const audio = new Audio(URL.createObjectURL(new Blob([bytes])));
    const context = new AudioContext({ sampleRate: rate });
    const tap = context.createScriptProcessor(256, 1, 1), heard = [];
    tap.onaudioprocess = ({ playbackTime, inputBuffer }) => heard.push({
        clock: playbackTime,
        seconds: audio.currentTime,
        samples: [...inputBuffer.getChannelData(0)],
    });
    context.createMediaElementSource(audio).connect(tap);
    tap.connect(context.destination);
    await audio.play();
    while (audio.currentTime < 3) await new Promise(requestAnimationFrame);
    tap.onaudioprocess = null;
    return heard;
}"""


def test_the_time_of_the_sound_is_that_of_what_comes_out(
    open_page, scale_as_mp3, scale_as_rendered
):
    # It complains of an old way to listen, which is used because it needs no file of its own.
    page = open_page("two", complains=True)
    heard = page.evaluate(OVERHEAR, [scale_as_mp3, SAMPLE_RATE])
    clock = np.array([part["clock"] for part in heard]) - heard[0]["clock"]
    sound = np.zeros(round(clock[-1] * SAMPLE_RATE) + len(heard[0]["samples"]))
    for start, part in zip(clock, heard, strict=True):
        place = round(start * SAMPLE_RATE)
        sound[place : place + len(part["samples"])] = part["samples"]
    assert np.abs(sound).max() > 0.1
    content = clock - lag(sound, scale_as_rendered) / 1000  # what is heard, in seconds
    told = np.array([part["seconds"] for part in heard])
    early = 1000 * (told - content)[(told > 0.1) & (told < 3)]
    print(f"the element is ahead by {np.median(early):.1f} ms, at most {np.abs(early).max():.1f}")
    assert abs(np.median(early)) < IN_STEP / 2
