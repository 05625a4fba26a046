/** Properties with a budget of time and a seed in the message, so that a failure can be run again. */
import fc from "fast-check";

/** `FC_SEED` repeats a run; `FC_TIME` gives each property that many milliseconds. */
const seed = process.env.FC_SEED === undefined ? undefined : Number(process.env.FC_SEED);
const budgetMs = Number(process.env.FC_TIME ?? 600);

export function check<T extends [unknown, ...unknown[]]>(
  property: fc.IProperty<T> | fc.IAsyncProperty<T>,
): Promise<void> {
  return Promise.resolve(
    fc.assert(property as fc.IAsyncProperty<T>, {
      ...(seed === undefined ? {} : { seed }),
      numRuns: 100_000,
      interruptAfterTimeLimit: budgetMs,
      markInterruptAsFailure: false,
      verbose: fc.VerbosityLevel.None,
    }),
  );
}

/** Cuts bytes into chunks of the sizes given, over and over. */
export function chunked(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length];
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

export const sizes: fc.Arbitrary<number[]> = fc.array(
  fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 20 }) }, fc.integer({ min: 1, max: 10_000 })),
  { minLength: 1, maxLength: 8 },
);
