// The logger interface of the library; pino's loggers implement it.
/** The methods of a logger that the library calls. pino's loggers implement them. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}
