"""Judges a recording by numbers: tones.py FILE FROM SECONDS [CHANNEL] prints one line of JSON.

  seconds      how long the whole recording is
  frequency    of the strongest tone in the window, Hz
  level        of that tone, dBFS of its peak (a full-scale sine is 0), median over the window
  share        of the window's energy that this tone holds, 0 to 1
  longest_gap  ms for which the tone was more than 12 dB under that level
"""

import json
import sys
import wave

import numpy

FRAME_SECONDS = 0.02  # of which the tone's level is taken
STEP_SECONDS = 0.005
GAP_DECIBELS = 12


def read(path, channel):
    with wave.open(path) as file:
        if file.getsampwidth() != 2:
            sys.exit(f"{path}: {file.getsampwidth()} bytes a sample; 2 are expected")
        samples = numpy.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        channels = samples.reshape(-1, file.getnchannels())
        return file.getframerate(), channels[:, channel] / 32768


def strongest(samples, rate):
    """Frequency of the highest peak above 50 Hz, between the lines of the spectrum."""
    spectrum = numpy.abs(numpy.fft.rfft(samples * numpy.hanning(len(samples))))
    line = rate / len(samples)
    spectrum[: int(50 / line)] = 0
    top = int(numpy.argmax(spectrum))
    if spectrum[top] == 0 or not 0 < top < len(spectrum) - 1:
        return 0.0
    left, middle, right = numpy.log(spectrum[top - 1 : top + 2] + 1e-12)
    return (top + 0.5 * (left - right) / (left - 2 * middle + right)) * line


def envelope(samples, rate, frequency):
    """Amplitude of the tone by frame, and the energies of the frames."""
    length, step = int(FRAME_SECONDS * rate), int(STEP_SECONDS * rate)
    starts = numpy.arange(0, len(samples) - length + 1, step)
    frames = samples[starts[:, None] + numpy.arange(length)]
    time = numpy.arange(length) / rate
    basis = numpy.stack([numpy.cos(2 * numpy.pi * frequency * time),
                         numpy.sin(2 * numpy.pi * frequency * time)], axis=1)
    fitted, *_ = numpy.linalg.lstsq(basis, frames.T, rcond=None)
    energy = (frames ** 2).sum()
    held = ((basis @ fitted) ** 2).sum()
    return numpy.hypot(fitted[0], fitted[1]), held / energy if energy > 0 else 0.0


def longest_run(flags):
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest


def main():
    path, begin, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    rate, samples = read(path, int(sys.argv[4]) if len(sys.argv) > 4 else 0)
    out = {"seconds": len(samples) / rate}
    window = samples[int(begin * rate) : int((begin + seconds) * rate)]
    if len(window) < seconds * rate * 0.999 - 1:
        sys.exit(f"{path} holds {out['seconds']:.2f} s; {begin + seconds} are needed")
    out["frequency"] = float(strongest(window, rate))
    amplitudes, out["share"] = envelope(window, rate, out["frequency"])
    median = max(float(numpy.median(amplitudes)), 1e-6)
    out["level"] = 20 * float(numpy.log10(median))
    quiet = amplitudes < median * 10 ** (-GAP_DECIBELS / 20)
    # A run of n frames under the level spans a silence of about the frames' starts plus one frame's half.
    run = longest_run(quiet)
    out["longest_gap"] = 1000 * (run * STEP_SECONDS + FRAME_SECONDS / 2) if run else 0.0
    print(json.dumps(out))


if __name__ == "__main__":
    main()
