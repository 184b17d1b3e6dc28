import { createClient, type ManagedObjectTree } from 'dbus-native';

export const NM = 'org.freedesktop.NetworkManager';
export const NM_PATH = '/org/freedesktop/NetworkManager';
/** Everything that NetworkManager knows is an object below this one. */
const ROOT = '/org/freedesktop';
/** A NetworkManager that does not answer a question within this is none. */
const ANSWER_MS = 25_000;

/** NetworkManager for as long as it runs: all that it knows, kept current, and a way to ask. */
export interface Manager {
  /** By path and interface. */
  objects(): ManagedObjectTree;
  call<T = unknown>(message: Call): Promise<T>;
  onChange(listener: () => void): () => void;
  /** Each state that a device goes through, with the reason, which its properties tell too late. */
  onDeviceState(listener: (device: string, state: number, reason: number) => void): () => void;
  /** Resolves when it or the bus has gone away; then another one has to be opened. */
  gone: Promise<void>;
  close(): void;
}

interface Call {
  path: string;
  /** Without `org.freedesktop.NetworkManager`: `.Settings`, or nothing. */
  interface: string;
  member: string;
  signature?: string;
  body?: unknown[];
}

/** Rejects when there is no bus, or no NetworkManager on it. */
export async function openManager({ busAddress }: { busAddress: string }): Promise<Manager> {
  const bus = createClient({ busAddress, plainValues: true, timeout: ANSWER_MS });
  const changes = new Set<() => void>();
  const deviceStates = new Set<(device: string, state: number, reason: number) => void>();
  const closed = new Promise<void>((resolve) => bus.connection.on('close', () => resolve()));
  // `close` follows, and every call under way is answered.
  bus.connection.on('error', () => {});
  try {
    const view = await bus.objects(NM, ROOT);
    const replaced = new Promise<void>((resolve) => view.on('stale', () => resolve()));
    for (const event of ['added', 'removed', 'changed']) {
      view.on(event, () => {
        for (const listener of changes) listener();
      });
    }
    bus.connection.on('message', ({ sender, path, interface: of, member, body }) => {
      if (sender !== view.owner || of !== `${NM}.Device` || member !== 'StateChanged') return;
      const [state, , reason] = body as [number, number, number];
      for (const listener of deviceStates) listener(path ?? '', state, reason);
    });
    await bus.addMatch(`type='signal',sender='${NM}',interface='${NM}.Device',member='StateChanged'`);
    return {
      objects: () => view.objects,
      async call<T>({ interface: of, ...message }: Call) {
        return await bus.invoke<T>({ destination: NM, interface: `${NM}${of}`, ...message });
      },
      onChange: (listener) => listenTo(changes, listener),
      onDeviceState: (listener) => listenTo(deviceStates, listener),
      gone: Promise.race([closed, replaced]),
      close: () => void bus.connection.end(),
    };
  } catch (cause) {
    bus.connection.end();
    throw cause;
  }
}

function listenTo<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
