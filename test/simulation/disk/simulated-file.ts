/** The bytes of a file: as processes see them, and as the platter has them. */
import type { Random } from "../random.ts";

const NOTHING: Uint8Array = new Uint8Array(0);
const SECTOR_BYTES = 512;
const PAGE_BYTES = 4096;

export class SimulatedFile {
  readonly kind = "file";
  sizeBytes = 0;
  /** Room for `sizeBytes` and more; never changed once `#durable` shares it. */
  #bytes: Uint8Array = NOTHING;
  #durable: Uint8Array = NOTHING;
  #isShared = false;
  /** Where un-synced bytes begin and end. */
  #dirty: { start: number; end: number }[] = [];

  /** What a process reads. */
  get content(): Uint8Array {
    return this.#bytes.subarray(0, this.sizeBytes);
  }

  /** At the end unless `position` says otherwise; a gap before it is zeros. */
  write(bytes: Uint8Array, position = this.sizeBytes): void {
    const start = Math.min(position, this.sizeBytes);
    const end = position + bytes.length;
    if (end > this.#bytes.length || this.#isShared) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.content);
      this.#bytes = larger;
      this.#isShared = false;
    }
    this.#bytes.set(bytes, position);
    this.sizeBytes = Math.max(end, this.sizeBytes);
    this.#dirty.push({ start, end });
  }

  /** What an fsync makes durable: all, or after a failed one only what was written since. */
  sync(): void {
    const [first] = this.#dirty;
    if (first?.start === 0 && this.#durable === NOTHING) {
      this.#durable = this.content;
      this.#isShared = true;
    } else if (first !== undefined) {
      this.#durable = this.#mixed(() => true, this.sizeBytes, 1);
    }
    this.#dirty = [];
  }

  /** Some sectors are written; the others are forgotten, and no later sync writes them. */
  failSync(random: Random): void {
    this.#durable = this.#survivors(random);
    this.#dirty = [];
  }

  losePower(random: Random): void {
    const survivors = this.#survivors(random);
    this.#bytes = survivors;
    this.#durable = survivors;
    this.sizeBytes = survivors.length;
    this.#isShared = true;
    this.#dirty = [];
  }

  #survivors(random: Random): Uint8Array {
    if (this.#dirty.length === 0) {
      return this.#durable;
    }
    const unitBytes = random.chance(0.5) ? SECTOR_BYTES : PAGE_BYTES;
    const share = random.pick([0, 0.5, 0.9, 1]) ?? 0;
    const least = this.#durable.length;
    const between = least + random.below(Math.max(1, this.sizeBytes - least));
    const cut = Math.max(least, between - (between % unitBytes));
    const size = random.pick([least, cut, this.sizeBytes, this.sizeBytes]) ?? least;
    return this.#mixed(() => random.chance(share), size, unitBytes);
  }

  /** `size` bytes of which the dirty units that `survives` says are new, the others old, or zeros. */
  #mixed(survives: () => boolean, size: number, unitBytes: number): Uint8Array {
    const mixed = new Uint8Array(size);
    mixed.set(this.#durable.subarray(0, size));
    for (const { start, end } of this.#dirty) {
      const step = unitBytes === 1 ? end - start : unitBytes;
      for (let unit = start - (start % step); unit < Math.min(end, size); unit += step) {
        if (survives()) {
          const from = Math.max(unit, start);
          mixed.set(this.#bytes.subarray(from, Math.min(unit + step, end, size)), from);
        }
      }
    }
    return mixed;
  }
}
