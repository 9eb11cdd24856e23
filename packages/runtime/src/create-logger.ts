import { type DestinationStream, destination, pino, stdSerializers, stdTimeFunctions } from 'pino';

/** A logger: JSON lines, `callSid` in every line about a call. */
export type Logger = pino.Logger;

export interface LoggerOptions {
  service: string;
  level: string;
  /** Tells several processes of one service apart. */
  instance?: string;
  /** Standard output when absent. */
  destination?: DestinationStream;
}

/**
 * Creates the logger of a process. Secrets are blacked out twice: by the field's name, down to the third level, and in
 * the finished line wherever a URL carries a password.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { service, instance } = options;
  return pino(
    {
      level: options.level,
      base: instance === undefined ? { service } : { service, instance },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err, error: stdSerializers.err },
      redact: { paths: SECRET_PATHS, censor: '[redacted]' },
      hooks: { streamWrite: hideUrlCredentials },
    },
    options.destination ?? standardOutput(),
  );
}

const SECRET_FIELDS = [
  'authorization',
  'proxyAuthorization',
  'proxy-authorization',
  'password',
  'token',
  'authToken',
  'secret',
  'secretKey',
  'credentials',
  'cookie',
];

const SECRET_PATHS = ['', '*.', '*.*.'].flatMap((prefix) =>
  [...SECRET_FIELDS, 'Authorization', 'Proxy-Authorization'].map((field) =>
    field.includes('-') ? `${prefix.slice(0, -1)}["${field}"]` : prefix + field,
  ),
);

/** `scheme://user:password@` and `sip:user:password@` in any text of the line. */
function hideUrlCredentials(line: string): string {
  if (!line.includes('@')) return line;
  return line
    .replace(/(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#@"\\]{1,1024}@/gi, '$1[redacted]@')
    .replace(/(\bsips?:[^\s:@"\\;?]{0,256}):[^\s@"\\]{1,256}@/gi, '$1:[redacted]@');
}

/**
 * Lines are written when the event loop is idle, and the rest at exit. When nobody reads them, what is above the bound
 * is dropped rather than kept.
 */
function standardOutput(): DestinationStream {
  return destination({ dest: 1, sync: false, maxLength: 8 * 1024 * 1024 });
}
