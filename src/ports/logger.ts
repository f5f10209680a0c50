/** Names are data, the message is a fixed sentence. Values are masked before they are written, errors included. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where a process tells its operator what it does. Never throws, never blocks on the reader. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** The same logger with these fields in every line. */
  child(fields: LogFields): Logger;
}
