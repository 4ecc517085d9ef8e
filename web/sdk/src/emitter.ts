// `on` and `emit` check the types; inside, listeners of all events lie together.
type Listener = (...values: any[]) => void;

/** Typed events. `Events` maps a name to the tuple of what its listeners are given. */
export class Emitter<Events extends { [Name in keyof Events]: unknown[] }> {
  private readonly listeners = new Map<keyof Events, Set<Listener>>();

  /** Returns a function that takes the listener off again. */
  on<Name extends keyof Events>(
    name: Name,
    listener: (...values: Events[Name]) => void,
  ): () => void {
    let set = this.listeners.get(name);
    if (!set) this.listeners.set(name, (set = new Set()));
    set.add(listener);
    return () => void set.delete(listener);
  }

  protected emit<Name extends keyof Events>(name: Name, ...values: Events[Name]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) {
      try {
        listener(...values);
      } catch (thrown) {
        // A fault of the application is reported to it, and must not stop a call half-way.
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
  }
}
