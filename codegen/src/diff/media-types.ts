/** True if a list of media types, with wildcards such as `image/*`, covers another type. */
export function covers(allowed: readonly string[], type: string): boolean {
  const group = `${type.split('/')[0]}/*`
  return allowed.some((one) => one === type || one === '*/*' || one === group)
}
