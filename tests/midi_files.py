"""MIDI files as other people write them."""

import io

import mido


def midi_file(*tracks, resolution=480, kind=1, **header):
    """The bytes of a MIDI file; a track is a list of (beat, beat, pitch) or mido messages."""
    file = mido.MidiFile(type=kind, ticks_per_beat=resolution, **header)
    for number, notes in enumerate(tracks):
        timed = []
        for note in notes:
            if isinstance(note, tuple):
                start, end, pitch, *channel = note
                voice = {"note": pitch, "channel": channel[0] if channel else number}
                timed.append((round(start * resolution), 1, mido.Message("note_on", **voice)))
                timed.append((round(end * resolution), 0, mido.Message("note_off", **voice)))
            else:
                timed.append((note.time, 2, note.copy(time=0)))
        track, now = mido.MidiTrack(), 0
        for tick, _, message in sorted(timed, key=lambda entry: entry[:2]):
            track.append(message.copy(time=tick - now))
            now = tick
        file.tracks.append(track)
    content = io.BytesIO()
    file.save(file=content)
    return content.getvalue()
