/** The file operations that blobs are kept with: a part of `node:fs`, for which another disk can stand in. */
import { closeSync, fsync, openSync, readSync, writeSync } from "node:fs";
import {
  mkdir,
  open,
  opendir,
  readdir,
  readFile,
  rename,
  stat,
  statfs,
  unlink,
} from "node:fs/promises";

/** An open file or folder, as `FileHandle` of `node:fs/promises`. */
export interface OpenFile {
  /** Its descriptor, which worker threads know too. */
  readonly fd: number;
  /** Writes at the end of what was written, perhaps less than all from `offset` on. */
  write(bytes: Uint8Array, offset: number): Promise<{ readonly bytesWritten: number }>;
  writeFile(text: string): Promise<void>;
  read(
    target: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  stat(): Promise<{ readonly size: number }>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Operations of the event loop. Each means what its namesake in `node:fs/promises` means, with its errors. */
export interface LoopFiles {
  open(path: string, flags: "r" | "w" | "wx", mode?: number): Promise<OpenFile>;
  readFile(path: string, encoding: "utf8"): Promise<string>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  mkdir(
    path: string,
    options: { readonly mode: number; readonly recursive?: boolean },
  ): Promise<string | undefined>;
  readdir(path: string): Promise<string[]>;
  opendir(
    path: string,
    options: { readonly bufferSize: number },
  ): Promise<AsyncIterable<{ readonly name: string }>>;
  stat(path: string): Promise<{ readonly size: number }>;
  statfs(path: string): Promise<{
    readonly bavail: number;
    readonly blocks: number;
    readonly bsize: number;
  }>;
}

/** Operations of the worker threads, as their namesakes in `node:fs`. */
export interface ThreadFiles {
  openSync(path: string, flags: "r" | "wx", mode?: number): number;
  /** Returns how many of `length` bytes from `offset` on were written at `position`, perhaps not all. */
  writeSync(
    descriptor: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): number;
  readSync(
    descriptor: number,
    target: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): number;
  fsync(descriptor: number, done: (error: Error | null) => void): void;
  closeSync(descriptor: number): void;
}

export type Files = LoopFiles & ThreadFiles;

/** The real disk. */
export const nodeFiles: Files = {
  open,
  readFile,
  rename,
  unlink,
  mkdir,
  readdir,
  opendir,
  stat,
  statfs,
  openSync,
  writeSync,
  readSync,
  fsync,
  closeSync,
};
