interface Pattern {
  /** Hertz, sounding together. */
  readonly tones: readonly number[];
  /** Seconds from the start of a cycle: on, off, on, off ... */
  readonly cadence: readonly number[];
  readonly cycle: number;
  readonly volume: number;
  /** Seconds before it begins: a call that is answered at once is spared the tone. */
  readonly delay: number;
}

const patterns = {
  ringback: { tones: [425], cadence: [0, 1], cycle: 5, volume: 0.12, delay: 0.4 },
  ring: { tones: [587, 740], cadence: [0, 0.4, 0.6, 1], cycle: 3, volume: 0.2, delay: 0 },
} satisfies Record<string, Pattern>;

// Longer than any call rings.
const LONGEST_SECONDS = 300;
const RAMP_SECONDS = 0.01;

const rows = [697, 770, 852, 941];
const columns = [1209, 1336, 1477, 1633];
const keys = ["123A", "456B", "789C", "*0#D"];

/** The tones a telephone makes by itself. Where the page may not or cannot sound, nothing happens. */
export class Tones {
  private context: AudioContext | undefined;
  private playing: { name: string; stop(): void } | undefined;

  play(name: keyof typeof patterns): void {
    if (this.playing?.name === name) return;
    this.stop();
    const stop = this.start(patterns[name], LONGEST_SECONDS);
    this.playing = { name, stop };
  }

  stop(): void {
    this.playing?.stop();
    this.playing = undefined;
  }

  key(digit: string): void {
    const row = keys.findIndex((line) => line.includes(digit.toUpperCase()));
    if (row < 0) return;
    const column = keys[row]!.indexOf(digit.toUpperCase());
    const tones = [rows[row]!, columns[column]!];
    this.start({ tones, cadence: [0, 0.12], cycle: 1, volume: 0.08, delay: 0 }, 0.2);
  }

  private start(pattern: Pattern, seconds: number): () => void {
    const context = this.open();
    if (!context) return () => undefined;
    const begin = context.currentTime + pattern.delay;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0, context.currentTime);
    for (let at = begin; at < begin + seconds; at += pattern.cycle) {
      pattern.cadence.forEach((offset, i) => {
        const [from, to] = i % 2 === 0 ? [0, pattern.volume] : [pattern.volume, 0];
        gain.gain.setValueAtTime(from, at + offset);
        gain.gain.linearRampToValueAtTime(to, at + offset + RAMP_SECONDS);
      });
    }
    gain.connect(context.destination);
    const oscillators = pattern.tones.map((frequency) => {
      const oscillator = context.createOscillator();
      oscillator.frequency.value = frequency;
      oscillator.connect(gain);
      oscillator.start(begin);
      oscillator.stop(begin + seconds);
      return oscillator;
    });
    return () => {
      for (const oscillator of oscillators) oscillator.stop();
      gain.disconnect();
    };
  }

  private open(): AudioContext | undefined {
    try {
      this.context ??= new AudioContext();
    } catch {
      return undefined; // no device to play on
    }
    // Suspended until the first click or key on the page; refused before.
    if (this.context.state === "suspended") this.context.resume().catch(() => undefined);
    return this.context;
  }
}
