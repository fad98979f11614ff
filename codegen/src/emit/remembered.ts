/** A result and the inputs it was made from. */
export interface Remembered<T> {
  readonly inputs: readonly unknown[]
  readonly made: T
}

/** Returns the known result if it was made from the identical inputs, and otherwise a new one. */
export function keepOrMake<T>(
  known: Remembered<T> | undefined,
  inputs: readonly unknown[],
  make: () => T,
): Remembered<T> {
  const isSame =
    known?.inputs.length === inputs.length &&
    known.inputs.every((input, index) => input === inputs[index])
  return isSame ? known : { inputs, made: make() }
}
