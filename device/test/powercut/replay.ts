import type { Disk, File, Folder } from './disk.ts';
import type { Operation } from './trace.ts';

/** Does to a disk what was traced, one operation after the other. */
export function createReplay(
  disk: Disk,
  /** Syncs that are left out, as if the program had forgotten them. */
  isForgotten: (node: File | Folder) => boolean = () => false,
): (operation: Operation) => void {
  const open = new Map<number, OpenFile>();
  const syncs = new Map<number, () => void>();

  function opened(fd: number): OpenFile {
    const file = open.get(fd);
    if (!file) throw new Error(`not open: ${fd}`);
    return file;
  }
  function openedFile(fd: number): OpenFile & { node: File } {
    const { node, ...rest } = opened(fd);
    if (node.kind !== 'file') throw new Error(`a folder: ${fd}`);
    return { node, ...rest };
  }

  return (operation) => {
    switch (operation.op) {
      case 'open': {
        const { fd, path, create, truncate, append, access } = operation;
        const found = disk.find(path);
        if (!found && !create) throw new Error(`opened and not there: ${path}`);
        const node = found ?? disk.create(path);
        if (truncate && node.kind === 'file') disk.truncate(node, 0);
        open.set(fd, { node, append, canRead: access !== 'write', at: 0 });
        break;
      }
      case 'write': {
        const { fd, bytes } = operation;
        const { node, append, canRead, at } = openedFile(fd);
        // Reads are not traced, and move the place at which it would be written.
        if (operation.at === undefined && canRead) throw new Error(`written and read: ${fd}`);
        const start = operation.at ?? (append ? disk.sizeOf(node) : at);
        disk.write(node, start, bytes);
        if (operation.at === undefined) opened(fd).at = start + bytes.length;
        break;
      }
      case 'truncate':
        disk.truncate(openedFile(operation.fd).node, operation.size);
        break;
      case 'sync-begins': {
        const { node } = opened(operation.fd);
        if (!isForgotten(node)) syncs.set(operation.sync, disk.beginSync(node));
        break;
      }
      case 'sync-ended':
        syncs.get(operation.sync)?.();
        syncs.delete(operation.sync);
        break;
      case 'close':
        if (!open.delete(operation.fd)) throw new Error(`closed and not open: ${operation.fd}`);
        break;
      case 'rename':
      case 'link':
        disk[operation.op](operation.from, operation.to);
        break;
      case 'unlink':
      case 'mkdir':
      case 'rmdir':
        disk[operation.op](operation.path);
        break;
      case 'acknowledge':
        break;
    }
  };
}

interface OpenFile {
  node: File | Folder;
  append: boolean;
  canRead: boolean;
  /** Where the next write without a place goes. */
  at: number;
}
