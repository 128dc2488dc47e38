/** A record of the device's store. Records whose key begins with `m` are what `Engine.open` wants. */
export type StoreRecord = [key: string, value: Uint8Array];
/** A change of the store; `null` deletes. */
export type StoreWrite = [key: string, value: Uint8Array | null];

/** Thrown by every call that fails. */
export interface EngineError extends Error {
  name: "EngineError";
  problem: EngineProblem;
}
export interface EngineProblem {
  /**
   * `not_loaded`: supply the body of `doc` and call again. `refused`: the edit, see `code` and `path`. `server`: the
   * server refused the exchange. `malformed`: the server's answer makes no sense. `corrupt`: the store is damaged.
   * `input`: the caller's mistake.
   */
  kind: "not_loaded" | "refused" | "server" | "malformed" | "corrupt" | "input";
  code: string;
  /** Empty for codes that are not the engine's reasons. */
  zh: string;
  en: string;
  path: string[];
  /** Seconds; 0 for "not by waiting". */
  retryAfterS: number;
  doc?: string;
}

export interface Label {
  zh: string;
  en: string;
}

export type EngineScalar = string | number | boolean;
/** `path` leads from the root; `null` removes; an object writes each of its fields. */
export type EngineEditOp =
  | { op: "set"; path: string[]; value: unknown }
  | { op: "add"; path: string[]; key?: string; value: Record<string, unknown> }
  | { op: "delete"; path: string[] };
/** `at` is Unix seconds by the author's clock, now when absent. */
export type EditInput =
  | { doc: string; at?: number; ops: EngineEditOp[] }
  | {
      new: string;
      village?: string;
      household?: string;
      year?: number;
      id?: string;
      at?: number;
      value: Record<string, unknown>;
    };

export type DeviceStatus = "pending" | "active" | "denied" | "revoked" | "suspended" | "lost" | "expired" | "replaced";

export type EngineEvent =
  | { type: "changed" | "removed" | "returned" | "accepted"; doc: string }
  | { type: "standing"; status: DeviceStatus }
  | { type: "wipe" }
  | { type: "progress"; done: number; total: number }
  | { type: "caught_up" }
  | { type: "diverged" };

export interface Tally {
  pushed: number;
  pulled: number;
  frames: number;
  accepted: number;
  duplicate: number;
  parked: number;
  quarantined: number;
  rejected: number;
}

export interface EngineGrant {
  version: number;
  status: DeviceStatus;
  author: number;
  role: string;
  person: string;
  name: string;
  villages: string[];
  unit: string | null;
  expiresMs: number;
  offlineGraceH: number;
  token: string;
}

export interface EngineStatus {
  device: string;
  deployment: string;
  grant: EngineGrant | null;
  /** Local changes without a final verdict. */
  unsent: number;
  oldestUnsentMs: number | null;
  /** Of the unsent, kept by the server for something missing or for review. */
  waiting: number;
  returned: number;
  documents: number;
  /** Names of the feeds in scope, as `village/522701001`. */
  feeds: string[];
  /** Device clock at the last complete exchange; 0 for never. */
  syncedMs: number;
  serverTimeMs: number;
}

export type EngineStanding =
  | { name: "waiting" }
  | { name: "active" }
  | { name: "locked" }
  | { name: "ended"; status: DeviceStatus };

export interface ListedDocument {
  id: string;
  kind: string;
  unsent: number;
  waiting: number;
  onServer: boolean;
  /** Server time of the newest own change it took, as long as that is remembered (30 days). */
  acceptedMs: number | null;
}

export interface DocumentRow {
  id: string;
  kind: string;
  fields: Record<string, EngineScalar>;
}

export interface KnownPerson {
  person: string;
  name: string;
  role: string;
}

export interface ShownDocument {
  id: string;
  kind: string;
  title: string | null;
  generation: number;
  /** The document in the shape of its schema. */
  value: Record<string, unknown>;
  /** Who wrote last, the newest first; more than one if they wrote at the same time. `at` is Unix seconds. */
  last: ({ at: number } & Partial<KnownPerson>)[];
}

/** Where an application or a case stands, folded from its events. Days are `YYYY-MM-DD`, moments Unix seconds. */
export interface FoldedCase {
  procedure: string;
  version: number;
  zh: string;
  en: string;
  state: string;
  state_zh: string;
  state_en: string;
  /** Whose turn it is. */
  holder: string | null;
  closed: boolean;
  opened_on: string | null;
  /** Every event in the one order, counted or not. */
  steps: {
    key: string;
    event: string;
    zh: string;
    en: string;
    role: string | null;
    person: string;
    name: string | null;
    claimed_s: number;
    received_s: number | null;
    from: string;
    to: string;
    /** Why it does not count; null for a step. */
    why: "unknown" | "not_now" | "repeated" | "closed" | "missing" | "not_entitled" | "corrects_nothing" | null;
    missing: FoldedMissing[];
    claimed_in_time: boolean;
    corrects: string | null;
    corrected_by: string | null;
  }[];
  clocks: {
    clock: string;
    zh: string;
    en: string;
    holder: string | null;
    articles: string[];
    limit: { working_days: number } | { days: number } | { months: number } | { hours: number };
    by: string;
    started: string;
    due: string;
    due_s: number;
    warn_on: string | null;
    paused: number;
    stopped: string | null;
    status: "running" | "warning" | "overdue" | "paused" | "met" | "late" | "over" | "cancelled";
    left: number | null;
    announced: boolean;
  }[];
  next: {
    event: string;
    zh: string;
    en: string;
    roles: string[];
    missing: FoldedMissing[];
    asks: FoldedMissing[];
  }[];
  grades: Record<string, { at_most: number; zh: string; en: string }>;
  late_count: number;
  provisional: boolean;
}
export interface FoldedMissing {
  zh: string;
  en: string;
  articles: string[];
}

export interface FieldConflict {
  doc: string;
  kind: string;
  path: string[];
  /** The one shown is the last. `at` is Unix seconds. */
  values: ({ value: EngineScalar | null; at: number } & Partial<KnownPerson>)[];
}

export interface ReturnedChange {
  no: number;
  doc: string;
  kind: string;
  code: string;
  zh: string;
  en: string;
  /** Unix seconds. */
  at: number;
  returned_ms: number;
  ops: EngineEditOp[];
}

export interface PendingChange {
  doc: string;
  kind: string | null;
  /** Unix seconds. */
  at: number;
  state: "unsent" | "parked" | "quarantined" | "redo";
  ops: EngineEditOp[];
}

export interface Catalogue {
  kinds: Record<string, Label & { may: string; readable: boolean; nodes: CatalogueNode[] }>;
  roles: Record<string, Label>;
  reasons: Record<string, Label>;
  limits: Record<string, number>;
}
export interface CatalogueField extends Label {
  name: string;
  type:
    | "text"
    | "int"
    | "bool"
    | "date"
    | "phone"
    | "id_number"
    | "yuan"
    | "choice"
    | "person"
    | "unit"
    | "place"
    | "doc";
  /** Largest number, or most characters. */
  max?: number;
  min?: number;
  /** `may`: whether the role may choose it. */
  choices?: (Label & { value: string; may: boolean })[];
  open?: boolean;
  sensitive: boolean;
  /** What the role may do: `P` write, `D` clear, `A` write while adding the entry. */
  may: string;
}
export type CatalogueNode =
  | ({ node: "field" } & CatalogueField)
  | ({ node: "group"; name: string; fields: CatalogueField[] } & Label)
  | ({
      node: "entries";
      name: string;
      key: "tag" | "year";
      appendOnly: boolean;
      may: string;
      fields: CatalogueField[];
    } & Label);
