/** Frames from this opcode on are control frames: close, ping and pong (RFC 6455, section 5.2). */
const firstControl = 8;

/**
 * Tells one direction of a WebSocket's bytes that say something from those that only ask or tell whether somebody is still there.
 * It reads the heads of frames, and nothing of what is in them.
 */
export class WebSocketFrames {
  /** Bytes of the head that have come, of the frame that is beginning. */
  readonly #head: number[] = [];
  /** Bytes of the frame's content that are still to come. */
  #left = 0;
  #isControl = false;

  /** Takes what comes next. True when a part of it is a frame that says something. */
  take(chunk: Buffer): boolean {
    let says = false;
    for (let at = 0; at < chunk.length; ) {
      if (this.#left > 0) {
        const part = Math.min(this.#left, chunk.length - at);
        this.#left -= part;
        at += part;
      } else {
        this.#head.push(chunk[at]!);
        at += 1;
        this.#begin();
      }
      says ||= !this.#isControl;
    }
    return says;
  }

  /** Begins the frame when its head is whole. */
  #begin(): void {
    const [first = 0, second = 0] = this.#head;
    this.#isControl = (first & 0x0f) >= firstControl;
    const short = second & 0x7f;
    const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
    const maskBytes = second & 0x80 ? 4 : 0;
    if (this.#head.length < 2 || this.#head.length < 2 + lengthBytes + maskBytes) return;
    const length = this.#head.slice(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0);
    this.#left = lengthBytes > 0 ? length : short;
    this.#head.length = 0;
  }
}
