const encoder = new TextEncoder();

/** A stream with a text in front. Whoever leaves it leaves the stream behind it too. */
export function primed(body: ReadableStream<Uint8Array>, text: string): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream(
    {
      start: (controller) => controller.enqueue(encoder.encode(text)),
      pull: async (controller) => {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
