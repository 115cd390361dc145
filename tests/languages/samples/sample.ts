// Copyright (c) 2024 The Authors.

// Access to users.
import { z } from "zod";

export const LIMIT = 20;

/** What can be stored. */
export type Key = string | { id: number };

/**
 * A store of values.
 */
export interface Store<T> extends Base<T> {
  readonly size: number;
  get(key: Key): T | undefined;
}

export enum Color {
  Red = "red",
  Blue = "blue",
}

/** Finds by key. */
export function find(key: string): User;
export function find(key: number): User;
export function find(key: any): User {
  return users[key];
}

declare function native(code: string): void;

export const create = <T,>(input: T): Store<T> => {
  return new MemoryStore(input);
};

@Injectable({ scope: "request" })
export abstract class MemoryStore<T> implements Store<T> {
  private values = new Map<Key, T>();

  constructor(private readonly input: T) {}

  /** Reads one value. */
  @log()
  public get(key: Key): T | undefined {
    return this.values.get(key);
  }

  abstract clear(): void;

  readonly has = (key: Key): boolean => this.values.has(key);
}

export namespace Users {
  export function all(): User[] {
    return [];
  }
}

declare module "widgets" {
  export class Button {}
}
