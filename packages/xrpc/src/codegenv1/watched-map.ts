/** Called before a map is accessed: with `true` if it may change. */
export type Watcher = (changes: boolean) => void

/** A map that notifies before it is read or changed, so that its owner can complete it first. */
export class WatchedMap<K, V> extends Map<K, V> {
  readonly #watcher: Watcher

  constructor(watcher: Watcher) {
    super()
    this.#watcher = watcher
  }

  override get size(): number {
    this.#watcher(false)
    return super.size
  }

  override get(key: K): V | undefined {
    this.#watcher(false)
    return super.get(key)
  }

  override has(key: K): boolean {
    this.#watcher(false)
    return super.has(key)
  }

  override keys(): MapIterator<K> {
    this.#watcher(false)
    return super.keys()
  }

  override values(): MapIterator<V> {
    this.#watcher(false)
    return super.values()
  }

  override entries(): MapIterator<[K, V]> {
    this.#watcher(false)
    return super.entries()
  }

  override [Symbol.iterator](): MapIterator<[K, V]> {
    this.#watcher(false)
    return super[Symbol.iterator]()
  }

  override forEach(callback: (value: V, key: K, map: Map<K, V>) => void, thisArg?: unknown): void {
    this.#watcher(false)
    super.forEach(callback, thisArg)
  }

  override set(key: K, value: V): this {
    this.#watcher(true)
    return super.set(key, value)
  }

  override delete(key: K): boolean {
    this.#watcher(true)
    return super.delete(key)
  }

  override clear(): void {
    this.#watcher(true)
    super.clear()
  }
}
